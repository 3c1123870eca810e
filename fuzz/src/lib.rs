//! What the fuzz targets share: an allocator that ends the process where one file takes too much memory, and a loader.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use neurarium::data::{Failed, LoadOptions, Loaded, Loader};
use neurarium::file::Model;
use neurarium::layer::Call;
use neurarium::network::Pass;

/// Counts the bytes in use. Above the limit it aborts, which the fuzzer reports with the file.
struct Counted;

static USED: AtomicUsize = AtomicUsize::new(0);
static LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);

fn count(bytes: usize) {
    if LIMIT.load(Relaxed) < USED.fetch_add(bytes, Relaxed) + bytes {
        LIMIT.store(usize::MAX, Relaxed); // the report needs memory
        eprintln!("one file takes more memory than is allowed: an allocation of {bytes} bytes");
        std::process::abort();
    }
}

unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        USED.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counted = Counted;

/// Runs `work`, in which no more than `bytes` may be allocated at a time.
pub fn within<T>(bytes: usize, work: impl FnOnce() -> T) -> T {
    LIMIT.store(USED.load(Relaxed) + bytes, Relaxed);
    let result = work();
    LIMIT.store(usize::MAX, Relaxed);
    result
}

/// Loads one file as the doors do.
pub fn load(path: &str, bytes: &[u8]) -> Result<Loaded, Failed> {
    let mut loader = Loader::new("fuzz", LoadOptions { width: 8, height: 8, ..LoadOptions::default() });
    loader.push(path.into(), bytes.to_vec());
    loader.finish()
}

/// Runs a network on a black image, and writes the model; large ones are left out, since they only take long.
pub fn run(model: Model) {
    let Model { network, .. } = &model;
    let values: usize = (0..network.blocks().len()).map(|block| network.shape(block).len()).sum();
    let work = network.blocks().iter().map(|block| block.layer.ops().connections()).fold(0, u64::saturating_add);
    if model.check().is_err() || 1 << 16 < values || 1 << 20 < work || 1 << 20 < network.param_len() {
        return;
    }
    let mut pass = Pass::forward_only(network, 1);
    let call = Call { examples: 1, training: false, seed: 0, first_example: 0, tiles: false, prepared: &[] };
    network.read(&mut pass, &vec![0.0; network.input().len()], &call);
    network.forward(&mut pass, &call);
}
