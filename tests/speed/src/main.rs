//! The native measurements, one as JSON: `neurarium-speed THREADS limits | step NAME BATCH MS | observed NAME BATCH MS |
//! directions NAME BATCH MS | columns MS | product FORM M K N MS | settled SECONDS`.

use std::time::Instant;

use neurarium::par;
use neurarium_speed::{columns, limits, products, step};

/// The one of the command line.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let start = Instant::now();
    let clock = || start.elapsed().as_secs_f64() * 1000.0;
    let number = |word: &str| word.parse::<usize>().expect("a number");
    let [threads, rest @ ..] = &words[..] else { panic!("how many threads?") };
    let line = par::with_threads(number(threads), || match rest {
        ["columns", budget] => serde_json::to_string(&columns::columns(number(budget) as f64, &clock)),
        ["limits"] => serde_json::to_string(&limits::limits(&clock)),
        ["step", name, batch, budget] => {
            serde_json::to_string(&step::step(name, number(batch), number(budget) as f64, &clock))
        }
        ["observed", name, batch, budget] => {
            serde_json::to_string(&step::observed(name, number(batch), number(budget) as f64, &clock))
        }
        ["directions", name, batch, budget] => {
            serde_json::to_string(&step::directions(name, number(batch), number(budget) as f64, &clock))
        }
        ["settled", seconds] => serde_json::to_string(&step::settled(number(seconds) as f64, &clock)),
        ["product", form, m, k, n, budget] => {
            let form = ["nn", "nt", "tn"].into_iter().find(|known| known == form).expect("nn, nt or tn");
            let size = (number(m), number(k), number(n));
            serde_json::to_string(&products::product(form, size, number(budget) as f64, &clock))
        }
        _ => panic!("limits, columns, step, observed, directions, settled or product?"),
    });
    println!("{}", line.expect("figures are JSON"));
}
