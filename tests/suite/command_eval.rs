//! `neurarium eval`: the result line with its intervals, and the tables.

use crate::common::program::{Folder, number, stderr};

const MODEL: &str = "models/classifier-mlp.safetensors";

fn trained(folder: &Folder, model: &str) {
    folder.pictures("pictures", 40);
    let model = format!("model={model}");
    folder.result(&["train", "input-directory=pictures", &model, "epochs=2", "batch-size=8", "validation-split=0.25"]);
}

#[test]
fn a_classifier_is_reported_with_interval_classes_and_worst_images() {
    let folder = Folder::new("eval-classes");
    trained(&folder, "classifier-mlp");
    let measured = folder.result(&["eval", MODEL, "input-directory=pictures"]);
    let [accuracy, low, high] = ["accuracy", "accuracy_low", "accuracy_high"].map(|key| number(&measured, key));
    assert!(0.0 <= low && low <= accuracy && accuracy <= high && high <= 1.0 && low < high, "{measured:?}");
    assert!((0.0..=1.0).contains(&number(&measured, "f1")));
    assert_eq!((measured["split"].as_str(), measured["measured"].as_str()), ("validation", "20"));
    assert!(!measured.contains_key("psnr") && !measured.contains_key("ssim"));

    let told = stderr(&folder.run(&["eval", MODEL, "input-directory=pictures"]));
    assert!(told.contains("20 validation images, with 95 % intervals"), "{told}");
    let rows = |name: &str| told.lines().filter(|line| line.starts_with(name)).count();
    assert_eq!((rows("lying"), rows("standing")), (2, 2), "a row of its own figures, and one of the confusion: {told}");
    assert!(told.contains("precision   recall       F1") && told.contains("true class  predicted"), "{told}");
    let worst = told.split("largest losses\n").nth(1).expect("the images of the largest losses");
    let losses: Vec<f64> =
        worst.lines().map_while(|line| line.split_whitespace().next().and_then(|loss| loss.parse().ok())).collect();
    assert!(losses.len() == 10 && losses.is_sorted_by(|a, b| b <= a), "{worst}");
    assert!(worst.contains(".png") && worst.contains("% sure"), "{worst}");
}

#[test]
fn an_autoencoder_is_reported_in_psnr_and_ssim() {
    let folder = Folder::new("eval-pictures");
    trained(&folder, "autoencoder-dense");
    let measured = folder.result(&["eval", "models/autoencoder-dense.safetensors", "input-directory=pictures"]);
    assert!(
        number(&measured, "psnr_low") < number(&measured, "psnr")
            && number(&measured, "psnr") < number(&measured, "psnr_high")
    );
    assert!((-1.0..=1.0).contains(&number(&measured, "ssim")));
    assert!(!measured.contains_key("accuracy") && !measured.contains_key("f1"));
}

#[test]
fn nothing_held_out_is_no_error() {
    let folder = Folder::new("eval-none");
    trained(&folder, "classifier-mlp");
    let measured = folder.result(&["eval", MODEL, "input-directory=pictures", "validation-split=0"]);
    assert!(!measured.contains_key("accuracy") && !measured.contains_key("val_loss"), "{measured:?}");
}
