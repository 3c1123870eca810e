//! The examples run, and what they assert holds. They are compiled into this test, so nothing is built for them alone.

#[path = "../../examples/blurred_pairs.rs"]
pub mod blurred_pairs;
#[path = "../../examples/check_gradient.rs"]
mod check_gradient;
#[path = "../../examples/edit_neuron.rs"]
mod edit_neuron;
#[path = "../../examples/forgetting.rs"]
mod forgetting;
#[path = "../../examples/train_classifier.rs"]
mod train_classifier;

#[test]
fn a_classifier_learns_the_built_in_shapes() {
    train_classifier::main().unwrap();
}

#[test]
fn a_gradient_is_the_finite_difference() {
    check_gradient::main().unwrap();
}

#[test]
fn an_edit_is_undone_and_the_network_is_drawn() {
    edit_neuron::main().unwrap();
}

#[test]
fn columns_forget_what_they_learnt_first_more_slowly_than_a_perceptron() {
    let file = |name: &str| format!("{}/tests/data/digits/{name}-ubyte", env!("CARGO_MANIFEST_DIR"));
    let files = ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"].map(file);
    let left = forgetting::compare(&files, 40_000).unwrap();
    assert!(0.4 < left[0] && left[1] < 0.1, "{left:?}");
}
