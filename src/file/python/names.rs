//! Names in Python for blocks and tensors, whose own names may be anything.

use std::collections::HashSet;

/// Words of Python, names that the generated file uses itself, and attributes of `torch.nn.Module`.
const TAKEN: &str = "False None True and as assert async await break class continue def del elif else except finally for from \
    global if import in is lambda nonlocal not or pass raise return try while with yield \
    x self super torch nn F Dropout Network space_to_depth depth_to_space average_pool \
    T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval \
    extra_repr float forward half ipu modules mtia parameters share_memory state_dict to to_empty train training type xpu \
    zero_grad";
/// Beginnings of further attributes of it.
const BEGINNINGS: [&str; 6] = ["get_", "load_", "named_", "register_", "requires_", "set_"];

/// Identifiers that were given out, each once.
pub struct PythonNames {
    taken: HashSet<String>,
}

impl PythonNames {
    pub fn new() -> Self {
        Self { taken: TAKEN.split_whitespace().map(String::from).collect() }
    }

    /// An identifier that looks like `name` and is not taken yet, and is now.
    pub fn take(&mut self, name: &str) -> String {
        let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let is_odd = plain.is_empty()
            || plain.starts_with(|c: char| c == '_' || c.is_ascii_digit())
            || BEGINNINGS.iter().any(|beginning| plain.starts_with(beginning));
        let base = if is_odd { format!("layer_{plain}") } else { plain };
        let names = (1..).map(|n| if n == 1 { base.clone() } else { format!("{base}_{n}") });
        let free = names.into_iter().find(|name| !self.taken.contains(name)).unwrap_or_default();
        self.taken.insert(free.clone());
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_becomes_an_identifier_of_its_own() {
        let mut names = PythonNames::new();
        let made = ["conv1", "conv1", "encode1.norm", "class", "3", "", "é!", "train", "set_up", "__init__"]
            .map(|name| names.take(name));
        let expected = [
            "conv1",
            "conv1_2",
            "encode1_norm",
            "class_2",
            "layer_3",
            "layer_",
            "layer___",
            "train_2",
            "layer_set_up",
            "layer___init__",
        ];
        assert_eq!(made, expected);
    }
}
