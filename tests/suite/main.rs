//! The tests of the public doors, one file for each subject. They are one program, because each further program would be
//! linked with the whole engine again.

#[path = "../common/mod.rs"]
mod common;

mod archives;
mod audit;
mod awkward;
mod boundary;
mod command_edit;
mod command_eval;
mod command_line;
mod command_stream;
mod config;
mod data;
mod discipline;
mod division;
mod draft;
mod edit;
mod examples;
mod feed;
mod foreign;
mod frames;
mod free_graph;
mod golden;
mod gradients;
mod graphs;
mod history_files;
mod hostile;
mod journal;
mod kernels;
mod kill;
mod latent;
mod layers;
mod long;
mod looking;
mod manifold;
mod manifold_run;
mod metrics;
mod onnx;
mod optim;
mod outputs;
mod par;
mod passes;
mod pictures;
mod presets;
mod progress;
mod pytorch;
mod render;
mod resume;
mod runs;
mod stale;
mod stream;
mod touch;
mod training;
mod transfer;
