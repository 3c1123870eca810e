//! The command line, one of the two doors to the engine: reads arguments, files, the clock and signals.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main(std::env::args_os().skip(1).collect())
}
