//! Settings: accepted values, errors, and printing that reads back the same.

use neurarium::config::{COLUMNS, Config, Effect, KEYS, Key, KeyKind};
use neurarium::rng::{Purpose, Rng};

#[test]
fn every_default_fits_its_own_key_and_is_spelled_canonically() {
    let mut config = Config::default();
    for key in KEYS {
        config.set(key.name, key.default).unwrap();
        assert_eq!(config.get(key.name).unwrap(), key.default, "{}", key.name);
    }
}

#[test]
fn names_are_unique_and_help_is_one_line_without_full_stop() {
    for (index, key) in KEYS.iter().enumerate() {
        assert!(KEYS[..index].iter().all(|other| other.name != key.name), "{}", key.name);
        assert!(!key.help.is_empty() && !key.help.contains('\n') && !key.help.ends_with('.'), "{}", key.name);
    }
}

#[test]
fn every_getter_finds_its_key() {
    let config = Config::default();
    assert_eq!(config.input_directory(), "");
    assert_eq!((config.model_directory(), config.output_directory()), ("models", "output"));
    assert_eq!((config.width(), config.height(), config.channels(), config.limit()), (0, 0, 0, 0));
    assert_eq!((config.resize(), config.background()), ("fit", [255, 255, 255]));
    assert_eq!((config.model(), config.embedding(), config.dropout()), ("autoencoder", 128, 0.0));
    assert_eq!((config.seed(), config.batch_size(), config.learning_rate()), (1, 32, 0.001));
    assert_eq!((config.optimizer(), config.momentum(), config.weight_decay()), ("adam", 0.9, 0.0));
    assert_eq!((config.loss(), config.clip_norm(), config.division().validation), ("auto", 1.0, 0.1));
    assert_eq!((config.schedule(), config.warmup_steps(), config.epochs()), ("cosine", 100, 10));
    assert_eq!((config.snapshot_interval(), config.threads()), (0, 0));
    assert_eq!((config.view_example(), config.view_connections(), config.view_cut()), (None, 2000, 0.0));
    assert_eq!(config.view_size(), (1920, 1080));
}

#[test]
fn a_config_file_is_read_line_by_line_and_later_wins() {
    let text = "\u{feff}# a comment\r\n\r\n  batch-size = 64  \r\nlearning_rate=0.02 # warm\nbatch-size=16\n\
                background=#A0b1C2\ninput-directory = \"my # pictures\"  # quoted\nmodel-directory='it is \"here\"'\n\
                dir_output = a=b\nwidth=auto\nepochs=endless\nchannels = 1\n";
    let config = Config::parse(text).unwrap();
    assert_eq!(config.batch_size(), 16);
    assert_eq!(config.learning_rate(), 0.02);
    assert_eq!(config.background(), [0xa0, 0xb1, 0xc2]);
    assert_eq!(config.input_directory(), "my # pictures");
    assert_eq!(config.model_directory(), "it is \"here\"");
    assert_eq!(config.output_directory(), "a=b");
    assert_eq!((config.width(), config.epochs(), config.channels()), (0, 0, 1));
    assert!(config.is_chosen("width") && !config.is_chosen("height"));
}

#[test]
fn an_empty_value_before_a_comment_is_empty() {
    assert_eq!(Config::parse("input-directory= # none yet").unwrap().input_directory(), "");
}

#[test]
fn errors_give_the_line_the_key_and_what_was_expected() {
    let told = |text: &str| Config::parse(text).unwrap_err().to_string();
    assert_eq!(
        told("\nlearning-rate=abc"),
        "line 2: learning-rate: expected a number from 0.000001 to 10, got \"abc\""
    );
    assert_eq!(told("batch-size=3.5"), "line 1: batch-size: expected a whole number from 1 to 4096, got \"3.5\"");
    assert_eq!(told("width=-1"), "line 1: width: expected auto or a whole number from 0 to 4096, got \"-1\"");
    assert_eq!(told("seed=nan"), "line 1: seed: expected a whole number from 0 to 9007199254740992, got \"nan\"");
    assert_eq!(told("optimizer=lion"), "line 1: optimizer: expected adam, adamw or sgd, got \"lion\"");
    assert_eq!(told("background=red"), "line 1: background: expected a colour as #rrggbb, got \"red\"");
    assert_eq!(told("learning-rat=1"), "line 1: unknown key \"learning-rat\"; did you mean learning-rate?");
    assert_eq!(told("colour of sky=1"), "line 1: unknown key \"colour of sky\"; neurarium help lists all keys");
    assert_eq!(told("epochs 5"), "line 1: settings: expected KEY=VALUE, got \"epochs 5\"");
    assert_eq!(told("=5"), "line 1: unknown key \"\"; neurarium help lists all keys");
}

#[test]
fn a_refused_value_changes_nothing() {
    let mut config = Config::parse("epochs=7").unwrap();
    assert!(config.set("epochs", "many").is_err());
    assert_eq!(config.epochs(), 7);
}

#[test]
fn printed_settings_read_back_the_same() {
    let mut rng = Rng::new(1, Purpose::Test, 0);
    let letters: Vec<char> = "ab #=/'\\ \t.é猫".chars().collect();
    for _ in 0..500 {
        let mut config = Config::default();
        let path: String = (0..rng.below(12)).map(|_| letters[rng.below(letters.len())]).collect();
        config.set("input-directory", &path).unwrap();
        config.set("learning-rate", &format!("{}", rng.range(0.001, 1.0))).unwrap();
        let again = Config::parse(&config.print()).unwrap();
        assert_eq!(again.print(), config.print());
        assert_eq!(again.input_directory(), path, "{}", config.print());
    }
}

#[test]
fn a_recipe_contains_no_paths_and_ranks_below_chosen_settings() {
    let mut old = Config::default();
    for (key, value) in [("input-directory", "/home/me"), ("epochs", "3"), ("batch-size", "8"), ("threads", "2")] {
        old.set(key, value).unwrap();
    }
    let recipe = old.recipe();
    assert!(!recipe.contains("/home/me") && !recipe.contains("threads"), "{recipe}");
    let mut new = Config::parse("epochs=5").unwrap();
    new.read_recipe_beneath(&format!("{recipe}from-the-future=1\nresize=melt\nnonsense"));
    assert_eq!((new.epochs(), new.batch_size(), new.resize()), (5, 8, "fit"));
    assert!(!new.is_chosen("batch-size"));
}

#[test]
fn the_page_gets_every_key_as_plain_fields() {
    for key in KEYS {
        let described = serde_json::to_value(key.describe()).unwrap();
        assert_eq!(described["name"], key.name);
        assert!(["number", "choice", "text"].contains(&described["kind"].as_str().unwrap()));
        assert_eq!(described["min"].is_number(), matches!(key.kind, KeyKind::Number { .. }));
    }
    assert_eq!(Key::find("learning-rate").unwrap().effect, Effect::Live);
    assert_eq!(Key::find("width").unwrap().effect, Effect::Reload);
}

#[test]
fn no_text_panics() {
    let mut rng = Rng::new(2, Purpose::Test, 0);
    let letters: Vec<char> = "epochs=#\"' \n\r0.5-\u{feff}é=1e999".chars().collect();
    for _ in 0..2000 {
        let text: String = (0..rng.below(40)).map(|_| letters[rng.below(letters.len())]).collect();
        let _ = Config::parse(&text);
    }
}

#[test]
fn the_model_key_offers_every_preset() {
    let presets = neurarium::network::preset::PRESETS.iter().map(|preset| preset.name);
    let presets: Vec<&str> = presets.chain([COLUMNS]).collect();
    let KeyKind::Model(offered) = Key::find("model").unwrap().kind else { panic!("the model key offers models") };
    assert_eq!(presets, offered);
}

#[test]
fn the_words_for_views_match_the_drawing() {
    use neurarium::render::{By, Mode, Theme};
    let words = |name: &str| match Key::find(name).unwrap().kind {
        KeyKind::Choice(words) => words,
        _ => panic!("{name} is no choice"),
    };
    assert_eq!(words("view-mode"), Mode::ALL.map(Mode::name));
    assert_eq!(words("view-by"), By::ALL.map(By::name));
    assert!(words("view-theme").iter().all(|word| Theme::parse(word).is_some()));
}
