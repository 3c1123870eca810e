//! The examples run, and what they assert holds. They are compiled into this test, so nothing is built for them alone.

#[path = "../../examples/blurred_pairs.rs"]
pub mod blurred_pairs;
#[path = "../../examples/check_gradient.rs"]
mod check_gradient;
#[path = "../../examples/edit_neuron.rs"]
mod edit_neuron;
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
