//! The images of a folder: their pixels as arrays of NumPy, their list, and the eight that check the network.

use super::run::PythonRun;
use super::tensors::{self, PlainTensor};
use crate::data::{Dataset, Frame};
use crate::error::{Error, Result};
use crate::evenly::evenly;
use crate::layer::LOOK;
use crate::network::Pass;
use crate::operators::{ConstantNumbers, plane_order};
use crate::progress::Progress;
use crate::shape::Shape;

/// Images that are read at a time.
const PART: usize = 64;
/// Images that check the network.
const CHECKED: usize = 8;
/// Bytes of which the header of an array has a multiple.
const ALIGNED: usize = 64;

/// Passes the files of the images to `visit`; the pixels come in parts.
pub fn write(data: &Dataset, progress: &Progress, visit: &mut dyn FnMut(&str, &[u8]) -> Result<()>) -> Result<()> {
    let (shape, target) = (data.shape, data.pictures.shape);
    let has_targets = !data.pictures.is_empty();
    visit("frames.npy", &frames(&data.frames))?;
    visit("images.npy", &header("|u1", &dims(data.len(), shape)))?;
    if has_targets {
        visit("target_frames.npy", &frames(&data.pictures.frames))?;
        visit("targets.npy", &header("|u1", &dims(data.len(), target)))?;
    }
    progress.expect(data.len());
    let (all, mut sums) = ((0..data.len() as u32).collect::<Vec<_>>(), Vec::with_capacity(data.len()));
    for part in all.chunks(PART) {
        data.prepare(part, part.len())?;
        for &index in part {
            let pixels = data.example(index as usize);
            let mut sum = flate2::Crc::new();
            sum.update(&pixels);
            sums.push(sum.sum());
            visit("images.npy", &pixels)?;
            if has_targets {
                visit("targets.npy", &data.pictures.of(index as usize))?;
            }
        }
        data.check_read()?;
        progress.count(part.len())?;
    }
    visit("images.csv", &listed(data, &sums)?)
}

/// A row for each image.
fn listed(data: &Dataset, sums: &[u32]) -> Result<Vec<u8>> {
    let failed = |error: &dyn std::fmt::Display| Error::new(format!("images.csv cannot be written ({error})"));
    let mut table = csv::Writer::from_writer(Vec::new());
    let head = ["name", "split", "class", "label", "crc32"].map(String::from);
    let columns = data.numbers.columns.iter().map(|name| format!("number {name}"));
    table.write_record(head.into_iter().chain(columns)).map_err(|error| failed(&error))?;
    for (index, (name, sum)) in data.names.iter().zip(sums).enumerate() {
        let label = data.labels.get(index);
        let class = label.map_or("", |&label| &data.classes[label as usize]);
        let label = label.map_or(String::new(), u32::to_string);
        let numbers = if data.numbers.is_empty() { &[][..] } else { data.numbers.of(index) };
        let row = [name.clone(), data.splits[index].name().into(), class.into(), label, format!("{sum:08x}")];
        let row = row.into_iter().chain(numbers.iter().map(f32::to_string));
        table.write_record(row).map_err(|error| failed(&error))?;
    }
    table.into_inner().map_err(|error| failed(&error))
}

/// Eight images and what the network makes of them, as PyTorch orders their values.
pub fn checked(run: &PythonRun) -> Result<Vec<u8>> {
    let PythonRun { network, data, .. } = run;
    let mut pass = Pass::forward_only(network, 1);
    let (mut inputs, mut outputs, mut indices) = (Vec::new(), Vec::new(), Vec::new());
    for index in evenly(data.len(), CHECKED) {
        data.prepare(&[index as u32], 1)?;
        let x: Vec<f32> = data.example(index).iter().map(|&byte| f32::from(byte) * (1.0 / 255.0)).collect();
        data.check_read()?;
        network.read(&mut pass, &x, &LOOK);
        network.forward(&mut pass, &LOOK);
        inputs.extend(plane_order(network.input()).map(|at| x[at]));
        outputs.extend(plane_order(network.output()).map(|at| pass.output()[at]));
        indices.push(index as i64);
    }
    let count = indices.len();
    let planes = |Shape { width, height, channels }| vec![count, channels, height, width];
    let output = network.output();
    let output = if output.is_flat() { vec![count, output.len()] } else { planes(output) };
    tensors::file(&[
        PlainTensor::floats("inputs".into(), planes(network.input()), inputs),
        PlainTensor::floats("outputs".into(), output, outputs),
        PlainTensor::new("indices".into(), vec![count], &ConstantNumbers::Integers(indices)),
    ])
}

fn dims(count: usize, Shape { width, height, channels }: Shape) -> [usize; 4] {
    [count, height, width, channels]
}

/// Left, top, width and height of each frame.
fn frames(frames: &[Frame]) -> Vec<u8> {
    let mut bytes = header("<i4", &[frames.len(), 4]);
    for Frame { left, top, width, height } in frames {
        bytes.extend([left, top, width, height].into_iter().flat_map(|&side| i32::from(side).to_le_bytes()));
    }
    bytes
}

/// The header of an array of NumPy, <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.
fn header(kind: &str, dims: &[usize]) -> Vec<u8> {
    let dims: String = dims.iter().map(|size| format!("{size}, ")).collect();
    let mut text = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({dims}), }}").into_bytes();
    let start = [b"\x93NUMPY\x01\x00", &[0; 2][..]].concat();
    let len = (start.len() + text.len() + 1).next_multiple_of(ALIGNED) - start.len();
    text.resize(len - 1, b' ');
    text.push(b'\n');
    [&start[..8], &(len as u16).to_le_bytes(), &text].concat()
}
