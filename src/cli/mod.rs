//! The command line. Each command reads its arguments, calls the engine and ends with one line `result key=value ...`.
//!
//! Results go to standard output, everything else to standard error. Exit status: 0 success (also after Ctrl-C), 1 a
//! mistake in what was given, reported in one sentence, 2 wrong usage.
//!
//! arguments -> [`dispatch`] -> command -> open session -> result line. The modules in reading order:

mod dispatch;
mod failure;
mod film;

mod arguments;
mod help;

mod alphabet;
mod audit;
mod built_site;
mod edit;
mod eval;
mod export;
mod export_options;
mod heads;
mod heat;
mod info;
mod licences;
mod player_page;
mod predict;
mod range;
mod render;
mod report;
mod run;
mod train;
mod wants;

mod model_source;
mod open_session;
mod resume;

mod checkpoint_writer;
mod history_writer;
mod journal;
mod letter_figures;
mod letter_sheet;
mod output_paths;
mod run_lock;
mod side_output;

mod data;
mod input_files;
mod memory;
mod storage;
mod surgery;

mod code_file;
mod contact_sheet;
mod interrupt;
mod map;
mod measure;
mod output;
mod output_folder;
mod progress;
mod work;

pub use dispatch::main;
