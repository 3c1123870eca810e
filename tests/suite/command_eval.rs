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

#[test]
fn pairs_are_reported_beside_the_identity_and_painted_as_input_answer_and_target() {
    let folder = Folder::new("eval-pairs");
    for index in 0..24u32 {
        let sharp = image::GrayImage::from_fn(8, 8, |x, y| image::Luma([((x + y + index) % 4 * 60) as u8]));
        for (side, picture) in [("input", image::imageops::blur(&sharp, 1.0)), ("target", sharp)] {
            std::fs::create_dir_all(folder.path("pairs").join(side)).unwrap();
            picture.save(folder.path("pairs").join(side).join(format!("{index:02}.png"))).unwrap();
        }
    }
    let settings = ["train", "input-directory=pairs", "epochs=2", "batch-size=4", "validation-split=0.25"];
    let trained = folder.result(&settings);
    assert!(folder.files("models").contains(&"unet.safetensors".to_string()));
    let measured =
        folder.result(&["eval", "models/unet.safetensors", "input-directory=pairs", "validation-split=0.25"]);
    for key in ["psnr", "ssim", "identity_psnr"] {
        assert!((number(&measured, key) - number(&trained, key)).abs() < 1e-6, "{key}: {measured:?}");
    }
    // Three pictures of 8 pixels, each sixteen times as large, with gaps and a margin.
    let (width, height, _) = crate::common::program::picture(&folder.path("output/unet-01.png"));
    assert_eq!((width, height), (16 + 3 * 128 + 2 * 4 + 16, 16 + 128 + 16));
    let told = stderr(&folder.run(&["eval", "models/unet.safetensors", "input-directory=pairs"]));
    assert!(told.contains("identity") && told.contains(", the input "), "{told}");
    let answer = folder.result(&["run", "models/unet.safetensors", "pairs/input/03.png", "answer.png"]);
    assert_eq!(answer["images"], "1");
    assert_eq!(crate::common::program::picture(&folder.path("answer.png")).0, 8);
    let known = folder.result(&["info", "pairs"]);
    assert_eq!((known["images"].as_str(), known["target_width"].as_str()), ("24", "8"));
    // The run is found again, though no model was named.
    let resumed = [&settings[..], &["epochs=3", "resume=auto"]].concat();
    let resumed = folder.result(&resumed);
    assert_eq!((resumed["epochs"].as_str(), folder.path("models/autoencoder.safetensors").exists()), ("3", false));
    let told = stderr(&folder.run(&["train", "input-directory=pairs", "model=unet", "loss=cross-entropy"]));
    assert!(told.contains("24 image pairs of 8 x 8 x 1") && told.contains("mse, l1, huber or bce"), "{told}");
}
