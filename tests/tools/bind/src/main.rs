//! Makes what browsers load of a compiled WebAssembly module: the module and its JavaScript, in one folder.
//!
//! ```text
//! neurarium-bind web|no-modules MODULE.wasm FOLDER [PLAIN UNSHARED]
//! ```
//!
//! Compiling the engine takes minutes, and not every browser has all of what it is compiled for. PLAIN and UNSHARED are
//! folders for the same engine without it, so all three come of one compilation:
//!
//! | folder | relaxed SIMD | shared memory |
//! |---|---|---|
//! | FOLDER | yes | yes |
//! | PLAIN | no | yes |
//! | UNSHARED | no | no |
//!
//! A relaxed instruction has several results that it may have, as the processor likes: plain ones that give one of them stand
//! for it. Atomic instructions are valid on memory that is not shared, so there only the memory's type changes.

use std::error::Error;

use walrus::ir::{self, BinaryOp, Binop, Instr, InstrSeq, InstrSeqId, LocalGet, LocalSet, TernOp, TernaryOp, Visitor};
use walrus::{LocalFunction, LocalId, Module, ValType};
use wasm_bindgen_cli_support::Bindgen;
use wasmparser::{Validator, WasmFeatures};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (target, wasm, folder, others) = match arguments[..] {
        [target, wasm, folder] => (target, wasm, folder, None),
        [target, wasm, folder, plain, unshared] => (target, wasm, folder, Some((plain, unshared))),
        _ => return Err("usage: neurarium-bind web|no-modules MODULE.wasm FOLDER [PLAIN UNSHARED]".into()),
    };

    let mut bindgen = Bindgen::new();
    match target {
        "web" => bindgen.web(true)?,
        "no-modules" => bindgen.no_modules(true)?,
        _ => return Err(format!("expected web or no-modules, got {target}").into()),
    };
    // Names of functions would be a third of what is sent; the message of a panic needs none.
    bindgen.input_path(wasm).typescript(false).remove_name_section(true).remove_producers_section(true);

    let mut output = bindgen.generate_output()?;
    output.emit(folder)?;
    if let Some((plain, unshared)) = others {
        without_relaxed_simd(output.wasm_mut());
        validate(&output.wasm_mut().emit_wasm(), WasmFeatures::RELAXED_SIMD)?;
        output.emit(plain)?;
        for memory in output.wasm_mut().memories.iter_mut() {
            memory.shared = false;
        }
        validate(&output.wasm_mut().emit_wasm(), WasmFeatures::RELAXED_SIMD)?;
        output.emit(unshared)?;
    }
    Ok(())
}

/// Fails if a browser without `missing` would refuse the module.
fn validate(wasm: &[u8], missing: WasmFeatures) -> Result<()> {
    Validator::new_with_features(WasmFeatures::all().difference(missing)).validate_all(wasm)?;
    Ok(())
}

/// Replaces each relaxed instruction that the compiler makes by plain ones with a result that it may have.
fn without_relaxed_simd(module: &mut Module) {
    let [a, b] = [(); 2].map(|()| module.locals.add(ValType::V128));
    for (_, function) in module.funcs.iter_local_mut() {
        for sequence in sequences(function) {
            let instructions = &mut function.block_mut(sequence).instrs;
            for (instruction, place) in std::mem::take(instructions) {
                let plain = plain(&instruction, a, b).unwrap_or_else(|| vec![instruction]);
                instructions.extend(plain.into_iter().map(|instruction| (instruction, place)));
            }
        }
    }
}

/// What stands for a relaxed instruction, with two variables to spare.
fn plain(relaxed: &Instr, a: LocalId, b: LocalId) -> Option<Vec<Instr>> {
    let binary = |op| Instr::from(Binop { op });
    let (set, get) = (|local| Instr::from(LocalSet { local }), |local| Instr::from(LocalGet { local }));
    // The smaller of a and b, and b where one is no number: as on x86.
    let swapped = |op| Some(vec![set(b), set(a), get(b), get(a), binary(op)]);
    match relaxed {
        // a * b + c, in one rounding or two.
        Instr::TernOp(TernOp { op: TernaryOp::F32x4RelaxedMadd }) => {
            Some(vec![set(a), binary(BinaryOp::F32x4Mul), get(a), binary(BinaryOp::F32x4Add)])
        }
        Instr::Binop(Binop { op: BinaryOp::F32x4RelaxedMin }) => swapped(BinaryOp::F32x4PMin),
        Instr::Binop(Binop { op: BinaryOp::F32x4RelaxedMax }) => swapped(BinaryOp::F32x4PMax),
        Instr::Binop(Binop { op: BinaryOp::F64x2RelaxedMin }) => swapped(BinaryOp::F64x2PMin),
        Instr::Binop(Binop { op: BinaryOp::F64x2RelaxedMax }) => swapped(BinaryOp::F64x2PMax),
        _ => None,
    }
}

/// All blocks of a function.
fn sequences(function: &LocalFunction) -> Vec<InstrSeqId> {
    #[derive(Default)]
    struct Found(Vec<InstrSeqId>);
    impl<'a> Visitor<'a> for Found {
        fn start_instr_seq(&mut self, sequence: &'a InstrSeq) {
            self.0.push(sequence.id());
        }
    }
    let mut found = Found::default();
    ir::dfs_in_order(&mut found, function, function.entry_block());
    found.0
}
