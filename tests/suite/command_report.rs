//! `neurarium report` and its job: what the page contains for each kind of learner, and what it refuses.

use std::fs;

use serde_json::Value;

use crate::common::program::Folder;
use crate::common::{resources, run_job};
use neurarium::config::Config;
use neurarium::session::{Session, WriteReport};

fn session(settings: &str) -> Session {
    Session::new(Config::parse(&format!("limit=120\nepochs=0\nseed=3\n{settings}")).unwrap()).unwrap()
}

fn sections(model: &Value) -> Vec<&str> {
    model["sections"].as_array().unwrap().iter().map(|section| section["id"].as_str().unwrap()).collect()
}

#[test]
fn every_learner_has_the_sections_that_it_has_something_to_say_in() {
    let classified = ["results", "data", "network", "settings", "curves", "classes", "confusion", "worst"];
    for (settings, further) in
        [("model=classifier-cnn", &["attention", "wishes", "weights", "map"][..]), ("model=columns", &["map"])]
    {
        let mut session = session(settings);
        session.step_once(&|| 0.0).unwrap();
        let map = session.map_view(0);
        let (state, slices) = run_job(&mut session, WriteReport::default());
        assert!(5 < slices && state.done == state.total, "{settings}: {slices} slices, {state:?}");
        assert_eq!(session.map_view(0), map, "the map of the page is another");
        let model: Value = serde_json::from_str(state.found.as_str().unwrap()).unwrap();
        assert_eq!(sections(&model), [&classified[..], further].concat(), "{settings}");
    }
    for (settings, expected) in [
        ("model=autoencoder-dense", &["results", "data", "network", "settings", "curves", "worst", "answers"][..]),
        ("sample=sums\nmodel=manifold", &["results", "data", "network", "settings", "curves", "worst"]),
    ] {
        let mut session = session(settings);
        let (state, _) = run_job(&mut session, WriteReport::default());
        let model: Value = serde_json::from_str(state.found.as_str().unwrap()).unwrap();
        assert!(sections(&model).starts_with(expected), "{settings}: {:?}", sections(&model));
        let results = &model["sections"][0]["parts"][0]["figures"];
        assert!(results.as_array().unwrap().iter().all(|figure| figure["value"].is_number()), "{results}");
    }
}

#[test]
fn figures_are_those_of_the_measurement_and_pictures_are_small() {
    let mut session = session("model=classifier-mlp\nwidth=72\nheight=72\nchannels=1");
    let (state, _) = run_job(&mut session, WriteReport::default());
    let model: Value = serde_json::from_str(state.found.as_str().unwrap()).unwrap();
    let found = session.measurement(session.data().held_out()).unwrap();
    let accuracy = &model["sections"][0]["parts"][0]["figures"][0];
    assert_eq!(accuracy["value"].as_f64(), found.figures.accuracy);
    assert_eq!(accuracy["interval"][0].as_f64(), found.accuracy_interval.map(|ends| ends.low));
    let gallery = model["sections"][1]["parts"].as_array().unwrap().last().unwrap();
    let address = gallery["gallery"][0]["images"][0].as_str().unwrap();
    assert!(address.starts_with("data:image/png;base64,iVBORw0KGgo"), "{}", &address[..40]);
    assert!(address.len() < 16_000, "{} letters for 64 x 64 pixels", address.len());
}

#[test]
fn a_cancelled_report_leaves_the_run_as_it_was() {
    let mut session = session("model=classifier-mlp");
    let theta = session.network().theta.clone();
    let id = session.begin_job(WriteReport::default(), resources()).unwrap();
    session.advance_job(id, 0.0, resources()).unwrap();
    session.cancel_job(id);
    assert!(session.job::<WriteReport>().is_none() && session.network().theta == theta);
}

#[test]
fn the_page_holds_several_models_and_shows_foreign_names_as_text() {
    let folder = Folder::new("report");
    folder.pictures("data", 12);
    let hostile = "<img src=x onerror=alert(1)>";
    fs::rename(folder.path("data/lying"), folder.path("data").join(hostile)).unwrap();
    let shared = ["input-directory=data", "width=8", "height=8", "channels=1"];
    let train = ["train", "model=classifier-mlp", "epochs=2", "checkpoint-interval=1"];
    folder.result(&[&train[..], &shared].concat());
    let models = ["models/classifier-mlp-last.safetensors", "models/classifier-mlp.safetensors"];
    let result = folder.result(&["report", models[0], models[1], shared[0], "both.html", "--threads", "1"]);
    assert_eq!(result["models"], "2");
    let page = fs::read_to_string(folder.path("both.html")).unwrap();
    assert_eq!(page.len().to_string(), result["bytes"]);
    assert!(page.contains("\\u003cimg src=x onerror") && !page.contains("<img src=x"));
    let (_, rest) = page.split_once("id=\"models\">").unwrap();
    let (json, _) = rest.split_once("</script>").unwrap();
    let models: Value = serde_json::from_str(json).unwrap();
    let curves = |model: usize| &models[model]["sections"][4];
    assert_eq!(curves(0)["parts"][0]["curves"][0][1].as_array().unwrap().len(), 2, "the checkpoint brings its curves");
    assert_eq!(curves(1)["parts"], Value::Array(Vec::new()));
    assert_eq!(models[1]["title"], "classifier-mlp");
}

#[test]
fn what_cannot_be_reported_is_refused_in_a_sentence() {
    let folder = Folder::new("report-refused");
    assert!(folder.refused(2, &["report", "model.safetensors"]).contains("neurarium report"));
    let sentence = folder.refused(1, &["report", "model.safetensors", "out.pdf"]);
    assert_eq!(sentence, "report: expected a name that ends in .html, got out.pdf");
    assert!(
        folder
            .refused(1, &["report", "model.safetensors", "out.html", "imput-directory=x"])
            .contains("input-directory")
    );
    assert!(folder.refused(1, &["report", "model.safetensors", "out.html"]).contains("model.safetensors"));
    assert!(!folder.path("out.html").exists());
}
