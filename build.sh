#!/usr/bin/env bash
# Everything that is done with this tree:
# ./build.sh serve [PORT] | check | test [all|long] | cli | dist | bench [peers [ENGINE...]] | compare FOLDER [EPOCHS [SEEDS]] | soak [HOURS [SEED]] | fuzz [MINUTES] | licences
#
# Each command sets up what it needs (toolchain, npm packages; browsers for `test`) and is quick when
# nothing changed. Progress goes to standard error; standard output is for what others read.
set -euo pipefail
cd "$(dirname "$0")"
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_TARGET_DIR CARGO_BUILD_TARGET

say() { printf '%s\n' "$*" >&2; }
fail() { printf 'build.sh: %s\n' "$*" >&2; exit 1; }

# --- Set-up -----------------------------------------------------------------------------------------------------

# Installs Debian packages, where that is possible: debian_packages WHAT-FOR PACKAGE...
debian_packages() {
    local what=$1; shift
    command -v apt-get >/dev/null || fail "$what is missing; install it with your system's package manager"
    [ "$(id -u)" = 0 ] || fail "$what is missing; install it with: sudo apt-get install $*"
    say "installing $*"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } >/dev/null ||
        fail "$what could not be installed with apt-get install $*"
}

# The toolchain that rust-toolchain.toml names, with its parts.
toolchain() {
    command -v rustup >/dev/null || PATH="$HOME/.cargo/bin:$PATH"
    command -v rustup >/dev/null || fail "rustup is missing; install it from https://rustup.rs"
    RUSTUP_TOOLCHAIN=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
    export RUSTUP_TOOLCHAIN
    local root
    root=$(rustc --print sysroot 2>/dev/null || true)
    if ! [ -x "$root/bin/cargo-clippy" ] || ! [ -x "$root/bin/rustfmt" ] ||
        ! [ -d "$root/lib/rustlib/src/rust/library" ] || ! [ -d "$root/lib/rustlib/wasm32-unknown-unknown/lib" ]; then
        say "installing the Rust toolchain $RUSTUP_TOOLCHAIN"
        rustup toolchain install "$RUSTUP_TOOLCHAIN" --no-self-update --profile minimal \
            -c rust-src,rustfmt,clippy -t wasm32-unknown-unknown >/dev/null 2>&1 ||
            fail "rustup could not install $RUSTUP_TOOLCHAIN with rust-src, rustfmt, clippy and wasm32-unknown-unknown"
    fi
    command -v cc >/dev/null || debian_packages "a C compiler (the linker of Rust)" gcc libc6-dev
}

# npm packages: those of the page, and with `packages dev` those of the tests too.
packages() {
    command -v node >/dev/null && command -v npm >/dev/null || fail "node and npm are missing; install Node.js 20 or later"
    [ "$(node -p 'parseInt(process.versions.node)')" -ge 20 ] || fail "Node.js 20 or later is needed, this is $(node --version)"
    local stamp=node_modules/.installed omit=--omit=dev
    if [ "${1:-}" = dev ] || [ -e $stamp-dev ]; then stamp+=-dev omit=; fi
    if ! cmp -s package-lock.json "$stamp"; then
        say "installing npm packages"
        npm ci --ignore-scripts --no-audit --no-fund --silent ${omit:+$omit} || fail "npm ci could not install the packages of package-lock.json"
        cp package-lock.json "$stamp"
    fi
    mkdir -p www/vendor
    cp -u node_modules/uplot/dist/uPlot.{esm.js,min.css} www/vendor/
    # Only the type check reads this one; its `export =` would be CommonJS.
    sed "s/^export = /export default /" node_modules/uplot/dist/uPlot.d.ts >www/vendor/uPlot.esm.d.ts
}

# A Chromium for the browser tests: the variable CHROMIUM, one on PATH, or Debian's.
browser() {
    local name
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
        CHROMIUM=$(command -v "$name" 2>/dev/null) && break
    done
    if [ -z "$CHROMIUM" ]; then
        debian_packages "Chromium, which the browser tests drive (or set CHROMIUM to one)," chromium
        CHROMIUM=$(command -v chromium)
    fi
    export CHROMIUM
}

# Firefox and WebKitGTK for the main paths (tests/browser/browsers.test.mjs): the variables FIREFOX and WEBKIT_DRIVER, or
# Debian's. They are left out where apt-get does not bring them, and then their tests are skipped.
other_browsers() {
    export FIREFOX=${FIREFOX:-$(command -v firefox-esr || command -v firefox || true)}
    export WEBKIT_DRIVER=${WEBKIT_DRIVER:-$(command -v WebKitWebDriver || true)}
    [ -n "$FIREFOX" ] && [ -n "$WEBKIT_DRIVER" ] && command -v xvfb-run >/dev/null && return
    if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
        debian_packages "Firefox and WebKit, which the browser tests drive," firefox-esr webkit2gtk-driver xvfb xauth
        other_browsers
    else
        say "Firefox or WebKit (WebKitWebDriver, xvfb-run) is missing; their tests are skipped"
    fi
}

# --- Building ---------------------------------------------------------------------------------------------------

# One compilation to WebAssembly: wasm_build NAME [PACKAGE FOLDER]. What browsers load of it goes into a folder of that name in
# www/pkg unless told otherwise; the engine makes three (tests/tools/bind).
wasm_build() {
    local name=$1 package=${2:-neurarium} into=${3:-www/pkg} folder=target/wasm-$1 target=web
    local profile=wasm-engine features=+simd128 options=(--no-default-features) flags="" outputs=("$name") output
    case $name in
    engine)
        features=+atomics,+bulk-memory,+simd128,+relaxed-simd
        outputs=(threads-relaxed threads single)
        # The prebuilt standard library has no atomics. In the one built for size a sort is a tenth of the code, and every
        # kind of thing that is sorted has its own.
        options+=(-Z build-std=panic_abort,std -Z build-std-features=optimize_for_size --features threads)
        [ "$package" != neurarium ] || options+=(--features engine)
        # Since October 2025 +atomics alone no longer makes the memory shared. The maximum is all that 32 bits address;
        # where a browser refuses it (phones), www/worker/worker.js asks for less.
        flags=" -Clink-arg=--shared-memory -Clink-arg=--max-memory=4294967296 -Clink-arg=--import-memory"
        flags+=" -Clink-arg=--export=__wasm_init_tls -Clink-arg=--export=__tls_size"
        flags+=" -Clink-arg=--export=__tls_align -Clink-arg=--export=__tls_base"
        ;;
    decoder) options+=(--features decoders) profile=wasm-decoder ;;
    # Classic scripts, since a page opened from disk may not import modules.
    player) options+=(--features player) profile=wasm-player target=no-modules ;;
    esac
    local wasm=$folder/wasm32-unknown-unknown/$profile/${package//-/_}.wasm
    # Warnings are clippy's business; here the compiler would only repeat that +atomics is not stable yet.
    mkdir -p "$folder"
    # Inlining as sparse as in code for size: a twentieth less to send, and no step takes longer.
    # WebAssembly cannot unwind; natively the panic of a decoder is caught (src/data/load/foreign.rs).
    # Made as a library for Rust too, all that is public would be compiled and then dropped.
    RUSTFLAGS="-Cpanic=abort -Cllvm-args=-inline-threshold=60 -Ctarget-feature=$features$flags" \
        cargo rustc --crate-type cdylib --locked --profile $profile --lib --package "$package" \
        --target wasm32-unknown-unknown --target-dir "$folder" "${options[@]}" 2>"$folder/log" ||
        { cat "$folder/log" >&2; fail "the WebAssembly build $name failed"; }
    cargo build --locked --quiet --manifest-path tests/tools/bind/Cargo.toml --target-dir target/tools ||
        fail "the tool that binds WebAssembly to JavaScript could not be built"
    # Told by content, not by time: changing branches may bring back an older file.
    local stamp
    stamp="$(cksum <"$wasm") $(cat tests/tools/{wasm-memory,compress}.mjs tests/tools/bind/{Cargo.lock,src/main.rs} | cksum)"
    [ "$(cat "$into/${outputs[0]}/.stamp" 2>/dev/null)" = "$stamp" ] && return
    rm -rf "${outputs[@]/#/$into/}"
    target/tools/debug/neurarium-bind $target "$wasm" "${outputs[@]/#/$into/}" >&2
    for output in "${outputs[@]/#/$into/}"; do
        # The pool's workers run www/worker/pool.js: no blob addresses to allow, and a panic in one of them is told to the page.
        local helper
        for helper in "$output"/snippets/wasm-bindgen-rayon-*/src/workerHelpers.no-bundler.js; do
            [ -f "$helper" ] && printf "export { startWorkers } from '../../../../../worker/pool.js';\n" >"$helper"
        done
        node tests/tools/wasm-memory.mjs "$output/${package//-/_}_bg.wasm" >"$output/memory.json" # what www/worker/worker.js may ask for
        node tests/tools/compress.mjs "$output"
    done
    printf '%s' "$stamp" >"$into/${outputs[0]}/.stamp"
}

# All WebAssembly builds at a time: the last step of each is one long single-threaded optimisation.
wasm_builds() {
    say "building for the browser (the engine, the decoders, the player)"
    local name build builds=() failed=
    for name in engine decoder player; do
        wasm_build $name & builds+=($!)
    done
    for build in "${builds[@]}"; do wait "$build" || failed=yes; done
    [ -z "$failed" ] || exit 1
}

site() {
    toolchain
    packages "$@"
    wasm_builds
}

# --- Commands ---------------------------------------------------------------------------------------------------

serve() {
    site
    exec node tests/tools/server.mjs --port "${1:-8080}" --root .
}

cli() {
    toolchain
    say "building target/release/neurarium"
    cargo build --locked --release --quiet --bin neurarium || fail "the command line could not be built"
}

dist() {
    site
    node tests/tools/dist.mjs dist
}

passed=0 failed=0

# holds NAME COMMAND...: counts one thing that holds or does not.
holds() {
    say "checking $1"
    if "${@:2}" >&2; then passed=$((passed + 1)); else failed=$((failed + 1)); say "FAILED: $1"; fi
}

# What can be said without running anything: formats, lints and types. Each pass of the lints ends with one crate on one core,
# so both go on at a time, in a folder each.
sources() {
    cargo clippy --locked --quiet --lib --no-default-features --features engine,decoders,player \
        --target wasm32-unknown-unknown --target-dir target/lints -- -D warnings & local browser_lints=$!
    holds "the format" cargo fmt --check
    holds "the format of the page" node_modules/.bin/prettier --check --log-level warn .
    holds "the lints" cargo clippy --locked --quiet --workspace --all-targets -- -D warnings
    holds "the lints of the browser builds" wait $browser_lints
    holds "the types of the page" node_modules/.bin/tsc --noEmit
}

# The Rust tests. Those inside the crate need it compiled once more and run for seconds only, so that is not optimised. The
# examples are part of tests/suite.
rust_parts=("--bins --test *" "--lib --config profile.dev.package.neurarium.opt-level=0" "--doc")

# Builds them, but for those in the documentation. What fails here fails again, with its reasons, in rust_tests.
build_rust_tests() {
    local part words
    say "building the Rust tests"
    for part in "${rust_parts[@]:0:2}"; do
        read -ra words <<<"$part"
        cargo test "${words[@]}" --locked --quiet --no-run 2>/dev/null || true
    done
}

# rust_tests [ARGUMENT...]: runs the Rust tests and counts them.
rust_tests() {
    local output
    output=$(mktemp)
    say "running the Rust tests"
    local part words line
    for part in "${rust_parts[@]}"; do
        read -ra words <<<"$part"
        if ! cargo test "${words[@]}" --locked --quiet --no-fail-fast -- "$@" >"$output" 2>&1; then
            cat "$output" >&2
            grep -q "test result: FAILED" "$output" || failed=$((failed + 1)) # it did not even compile
        fi
        while read -r line; do
            passed=$((passed + $(cut -d' ' -f1 <<<"$line"))) failed=$((failed + $(cut -d' ' -f2 <<<"$line")))
        done < <(sed -n 's/^test result: .* \([0-9]*\) passed; \([0-9]*\) failed.*/\1 \2/p' "$output")
    done
    rm "$output"
}

# The programs that exports are for, with the packages of Python that each needs; they are skipped where these are missing.
oracles() {
    oracle export onnx onnxruntime PIL
    oracle python_folder torch safetensors numpy
}

# oracle NAME PACKAGE...: runs tests/oracle/NAME.py.
oracle() {
    local script=tests/oracle/$1.py python=${PYTHON:-python3} names
    names=$(IFS=,; echo "${*:2}")
    if "$python" -c "import $names" 2>/dev/null; then
        holds "$script" "$python" "$script"
    else
        say "Python with ${names//,/, } is missing; $script is skipped (PYTHON names another python3)"
    fi
}

# Files of browser tests that `test` runs; `test all` runs every one.
main_paths=(browsers decoders engine page page-curves server table)

# browser_tests [all]: two files at a time, but for the one that measures how soon the page is ready.
browser_tests() {
    local name files=(tests/wasm/*.test.mjs) timed=tests/browser/loading.test.mjs
    if [ "${1:-}" = all ]; then
        for name in tests/browser/*.test.mjs; do
            [ "$name" = $timed ] || files+=("$name")
        done
    else
        for name in "${main_paths[@]}"; do files+=("tests/browser/$name.test.mjs"); done
    fi
    say "running the tests of the browser build and the page"
    node_tests 2 "${files[@]}"
    [ "${1:-}" != all ] || node_tests 1 $timed
}

# node_tests AT-A-TIME FILE...: runs files of tests, counts the tests, and prints what is known of those that failed. Files
# in which one failed are run again, alone: a browser that had to wait for a busy machine is told apart from a fault.
node_tests() {
    local output again fails=0 fails_again=0
    output=$(mktemp)
    node --test --test-concurrency="$1" --test-reporter=tap "${@:2}" >"$output" 2>&1 || failures "$output"
    passed=$((passed + $(tap_count pass "$output"))) fails=$(($(tap_count fail "$output") + $(tap_count cancelled "$output")))
    mapfile -t again < <(sed -n "s/^ *location: '\(.*\.test\.mjs\):[0-9]*:[0-9]*'$/\1/p" "$output" | sort -u)
    if [ ${#again[@]} != 0 ]; then
        say "trying ${again[*]##*/} again"
        node --test --test-concurrency=1 --test-reporter=tap "${again[@]}" >"$output" 2>&1 || failures "$output"
        fails_again=$(($(tap_count fail "$output") + $(tap_count cancelled "$output")))
        passed=$((passed + fails - fails_again)) fails=$fails_again
    fi
    failed=$((failed + fails))
    rm "$output"
}

# tap_count WHAT FILE: how many tests passed, failed or were cancelled.
tap_count() {
    awk -v what="$1" '$1 == "#" && $2 == what { count = $3 } END { print count + 0 }' "$2"
}

# What a report says about each test that failed.
failures() {
    awk '/^ *not ok/ { failing = 1 } failing; /^ *\.\.\.$/ { failing = 0 }' "$1" >&2
}

# The counts in one line; fails if anything failed.
verdict() {
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
}

# What a change is checked by while it is made: no build for the browser, no browser.
check() {
    toolchain
    packages dev
    sources
    rust_tests
    verdict
}

# The tests: the main paths of the page in three browsers and all others; `all` adds the rest of the browser tests and the
# exports in other programs, `long` trainings on real data too. A failing part does not hide the next; the last line counts
# them all.
tests() {
    local arguments=() pages=
    case "${1:-}" in
    "") ;;
    all) pages=all ;;
    long) pages=all arguments=(--include-ignored) && export NEURARIUM_LONG=1 ;;
    *) fail "test expects all, long or nothing more, got $1" ;;
    esac
    # What is compiled for small changes takes longer, and runs longer. `check` has it, beside this.
    export CARGO_INCREMENTAL=0
    toolchain
    packages dev
    # Every compilation has a tail on one core, so all of them go on at a time; nothing runs while they do.
    wasm_builds & local builds=$!
    browser
    other_browsers
    sources
    build_rust_tests
    wait $builds || exit 1
    node tests/tools/dist.mjs dist
    rust_tests "${arguments[@]}"
    [ -z "$pages" ] || oracles
    if [ "${1:-}" = long ]; then
        holds "the fuzz targets" cargo check --locked --quiet --manifest-path fuzz/Cargo.toml --target-dir target/fuzz
    fi
    browser_tests $pages
    verdict
}

# The benchmark: tables on standard output, and one more line in tests/speed/record/.
bench() {
    site dev
    browser
    say "building the benchmark (natively and for the browser)"
    cargo build --locked --release --quiet --package neurarium-speed || fail "the benchmark could not be built"
    local folder=target/speed/site
    wasm_build engine neurarium-speed $folder/www/pkg
    mkdir -p $folder/www/{worker,engine}
    cp www/worker/{helper,pool,pool-thread,panic}.js $folder/www/worker/
    cp www/engine/{workers,buffers}.js $folder/www/engine/
    cp tests/speed/browser/worker.js $folder/www/
    cp tests/speed/browser/index.html $folder/
    node tests/speed/bench.mjs "$@"
}

# Ways to have few connections, compared at equal numbers of them: a table for the README. FOLDER holds the files of MNIST.
compare() {
    cli
    node tests/tools/compare.mjs "$@"
}

# The readers of foreign bytes under a fuzzer, one process at a time: fuzz [MINUTES], 10 unless told otherwise. A finding ends
# it, and its file is left in target/fuzz/found. What a run has learnt is the beginning of the next (target/fuzz/corpus).
fuzz() {
    local minutes=${1:-10} target share coverage=-Cpasses=sancov-module option
    [[ $minutes =~ ^[1-9][0-9]*$ ]] || fail "fuzz expects a number of minutes, got $minutes"
    toolchain
    command -v c++ >/dev/null || debian_packages "a C++ compiler (libFuzzer is written in C++)" g++
    for option in level=4 inline-8bit-counters pc-table trace-compares; do
        coverage+=" -Cllvm-args=-sanitizer-coverage-$option"
    done
    local host folder=target/fuzz
    host=$(rustc -vV | sed -n 's/^host: //p')
    say "building the fuzz targets"
    RUSTFLAGS="--cfg fuzzing $coverage" cargo build --locked --release --quiet --manifest-path fuzz/Cargo.toml \
        --target-dir $folder --target "$host" || fail "the fuzz targets could not be built"
    mkdir -p $folder/{found,seeds}
    local programs=$folder/$host/release
    SEEDS=$folder/seeds "$programs/seeds" >&2 || fail "the files that fuzzing begins with could not be written"
    # Pictures have the most decoders, so they get half of the time.
    for target in idx config journal architecture onnx safetensors projects archives fonts pictures; do
        mkdir -p $folder/{corpus,seeds}/$target
        share=$((minutes * 60 / 18))
        [ $target = pictures ] && share=$((minutes * 30))
        say "fuzzing $target for $share seconds"
        nice -n 19 "$programs/$target" $folder/corpus/$target $folder/seeds/$target -max_total_time="$share" -timeout=5 \
            -max_len=16384 -rss_limit_mb=3000 -artifact_prefix=$folder/found/$target- -print_final_stats=1 \
            >$folder/log 2>&1 || { tail -n 40 $folder/log >&2; fail "$target: a file in $folder/found does harm"; }
        echo "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' $folder/log) files, none did harm"
    done
}

# A page that is used at random for hours; fails where anything goes wrong or memory grows.
soak() {
    site dev
    browser
    node tests/browser/soak.mjs "$@"
}

# The licences of everything that is shipped, in one file; to be run when dependencies have changed.
licences() {
    toolchain
    packages
    node tests/tools/notices.mjs >target/NOTICES.txt || fail "the licences could not be collected"
    mv target/NOTICES.txt NOTICES.txt
}

usage="usage: ./build.sh serve [PORT] | check | test [all|long] | cli | dist | bench [peers [ENGINE...]] | compare FOLDER [EPOCHS [SEEDS]] | soak [HOURS [SEED]] | fuzz [MINUTES] | licences"
# Read whole before it begins, so that this file may change meanwhile.
{
    case "${1:-}" in
    serve) serve "${2:-}" ;;
    check) check ;;
    test) tests "${2:-}" ;;
    cli) cli ;;
    dist) dist ;;
    bench) bench "${@:2}" ;;
    fuzz) fuzz "${2:-}" ;;
    soak) soak "${@:2}" ;;
    compare) compare "${@:2}" ;;
    licences) licences ;;
    *) say "$usage"; exit 2 ;;
    esac
    exit
}
