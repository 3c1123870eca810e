//! The command line, one of the two doors to the engine: reads arguments, files, the clock and signals.

mod cli;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::main(std::env::args_os().skip(1).collect())
}
