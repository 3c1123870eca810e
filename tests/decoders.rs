//! Files that make decoders fail cost one file: nothing panics, nothing is printed, and the memory is bounded.

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Cursor;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use common::files::{ZipFile, bytes_of, load, png, with_orientation, zip};
use image::{DynamicImage, ImageFormat, RgbImage};
use neurarium::config::Config;
use neurarium::data::{Dataset, DecodedContent, FileDecoder, LoadOptions, Loaded, Loader};
use neurarium::file::safetensors;
use neurarium::session::Session;

/// Records the most bytes in use at a time.
struct Watched;

static USED: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        MOST.fetch_max(USED.fetch_add(layout.size(), Relaxed) + layout.size(), Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        MOST.fetch_max(USED.fetch_add(layout.size(), Relaxed) + layout.size(), Relaxed);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        USED.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Watched = Watched;

/// What decoding one file may take, the same as in src/data/load/picture.rs, and some for all the rest.
const MOST_BYTES: usize = (512 << 20) + (32 << 20);

fn small() -> LoadOptions {
    LoadOptions { width: 16, height: 16, ..LoadOptions::default() }
}

/// The files of a folder of shared/data beside the checkout; none without it.
fn shared(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(folder);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("ignored: {} is not there", folder.display());
        return Vec::new();
    };
    let files = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    files.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap())).collect()
}

/// Loads one file beside a good image, which must be used; returns why the file was not.
fn reason(name: &str, bytes: &[u8]) -> Option<String> {
    let files = vec![(name.into(), bytes.to_vec()), ("good.png".into(), png(8, 8, 1, &[7; 64]))];
    let Loaded { dataset, report } = load(files, small()).unwrap();
    assert!(dataset.names.contains(&"good.png".to_string()), "{name}");
    report.skipped.first().map(|skipped| skipped.reason.clone())
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, format).unwrap();
    file.into_inner()
}

fn sample() -> DynamicImage {
    RgbImage::from_fn(16, 16, |x, y| image::Rgb([x as u8 * 15, y as u8 * 15, 90])).into()
}

fn only_example(files: Vec<(String, Vec<u8>)>) -> Vec<u8> {
    let Loaded { dataset, report } = load(files, small()).unwrap();
    assert_eq!(dataset.len(), 1, "{:?}", report.skipped);
    bytes_of(&dataset)
}

/// A TIFF directory, little-endian, with these tags of one number each.
fn directory(tags: &[(u16, u16)]) -> Vec<u8> {
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    bytes.extend((tags.len() as u16).to_le_bytes());
    for (tag, value) in tags {
        bytes.extend([tag.to_le_bytes(), 3u16.to_le_bytes()].concat());
        bytes.extend(1u32.to_le_bytes());
        bytes.extend(u32::from(*value).to_le_bytes());
    }
    bytes.extend([0; 4]);
    bytes
}

/// A lossless WebP in the extended form with an EXIF chunk, which claims `claimed` bytes.
fn webp_with_exif(exif: &[u8], claimed: u32) -> Vec<u8> {
    let plain = encoded(&sample(), ImageFormat::WebP);
    let mut chunks = b"VP8X\x0a\0\0\0\x08\0\0\0\x0f\0\0\x0f\0\0".to_vec(); // flag of EXIF; sides less 1
    chunks.extend(&plain[12..]);
    chunks.extend(b"EXIF");
    chunks.extend(claimed.to_le_bytes());
    chunks.extend(exif);
    chunks.resize(chunks.len().next_multiple_of(2), 0);
    let length = (chunks.len() as u32 + 4).to_le_bytes();
    [&b"RIFF"[..], &length, b"WEBP", &chunks].concat()
}

/// The JPEG with an APP segment after its first marker.
fn jpeg_with_segment(marker: u8, data: &[u8]) -> Vec<u8> {
    let plain = encoded(&sample(), ImageFormat::Jpeg);
    let length = (data.len() as u16 + 2).to_be_bytes();
    [&plain[..2], &[0xff, marker], &length, data, &plain[2..]].concat()
}

#[test]
#[cfg_attr(not(shared_data = "hostile-files"), ignore = "needs ../shared/data/hostile-files")]
fn no_hostile_or_odd_file_takes_more_memory_than_a_decoder_may() {
    for folder in ["hostile-files", "field-cases/64-tiff-planar-tiled-float", "awkward-images/constructed"] {
        for (name, bytes) in shared(folder) {
            let before = USED.load(Relaxed);
            MOST.store(before, Relaxed);
            let why = reason(&name, &bytes);
            let most = MOST.load(Relaxed) - before;
            assert!(most < MOST_BYTES, "{name}: {} MiB", most >> 20);
            assert!(!why.is_some_and(|why| why.contains("failed")), "{name} makes its decoder panic");
        }
    }
}

#[test]
fn tiles_in_planes_are_refused_before_a_decoder_sees_them() {
    let (planes, tile_width) = ((0x011c, 2), (0x0142, 16));
    let why = reason("a.tif", &directory(&[(0x0100, 16), (0x0101, 16), planes, tile_width])).unwrap();
    assert_eq!(why, "an unsupported kind of TIFF (tiles with the colours one after the other)");
}

#[test]
fn a_jpeg_sampled_in_thirds_is_refused_before_a_decoder_sees_it() {
    let mut bytes = encoded(&sample(), ImageFormat::Jpeg);
    assert_eq!(reason("a.jpg", &bytes), None);
    let frame = bytes.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap();
    bytes[frame + 14] = 0x23; // two columns and three rows of the second component
    let why = reason("a.jpg", &bytes).unwrap();
    assert_eq!(why, "an unsupported kind of JPEG (colours that have a third of the rows)");
}

#[test]
fn lists_of_a_tiff_are_no_longer_than_the_file() {
    let mut bytes = directory(&[(0x0100, 16), (0x0101, 16), (0x0111, 8)]);
    bytes[2 * 12 + 14..2 * 12 + 18].copy_from_slice(&(8u32 << 20).to_le_bytes()); // the count of 0x0111
    let many = directory(&[(0x0100, 16), (0x0101, 16), (0x0115, 0xfff7)]);
    assert_eq!(reason("a.tif", &many).unwrap(), "an unsupported kind of TIFF (more than 16 values for a pixel)");
    let before = USED.load(Relaxed);
    MOST.store(before, Relaxed);
    assert_eq!(reason("a.tif", &bytes).unwrap(), "a damaged TIFF image (a list that is longer than the file)");
    assert!(MOST.load(Relaxed) - before < 64 << 20);
}

#[test]
fn a_frame_that_is_larger_than_its_image_counts() {
    // A lossless WebP whose frame claims 16,384 x 16,384 pixels, and a GIF with one of 60,000 x 60,000.
    let mut webp = webp_with_exif(&[0; 8], 8);
    let frame = webp.windows(4).position(|name| name == b"VP8L").unwrap() + 9;
    webp[frame..frame + 3].fill(0xff);
    webp[frame + 3] |= 0x0f;
    let gif = [&b"GIF89a\x01\0\x01\0\0\0\0\x2c\0\0\0\0\x60\xea\x60\xea\0\x02\0\0\x3b"[..]].concat();
    for (name, bytes) in [("a.webp", webp), ("a.gif", gif)] {
        let before = USED.load(Relaxed);
        MOST.store(before, Relaxed);
        let why = reason(name, &bytes).unwrap();
        assert!(why.contains("too large") || why.contains("far more"), "{name}: {why}");
        assert!(MOST.load(Relaxed) - before < 64 << 20);
    }
}

#[test]
fn exif_data_are_read_within_the_file_whatever_length_they_claim() {
    let turned = directory(&[(0x0112, 6)]);
    let upright = only_example(vec![("a.webp".into(), encoded(&sample(), ImageFormat::WebP))]);
    let expected = only_example(vec![("a.png".into(), with_orientation(&encoded(&sample(), ImageFormat::Png), 6))]);
    assert_ne!(upright, expected);
    let prefixed = [&b"Exif\0\0"[..], &turned].concat();
    for exif in [&turned, &prefixed] {
        let got = only_example(vec![("a.webp".into(), webp_with_exif(exif, exif.len() as u32))]);
        assert_eq!(got, expected);
    }
    let before = USED.load(Relaxed);
    for claimed in [1 << 20, 1 << 30, 2 << 30, u32::MAX] {
        MOST.store(before, Relaxed);
        assert_eq!(only_example(vec![("a.webp".into(), webp_with_exif(&turned, claimed))]), expected);
        assert!(MOST.load(Relaxed) - before < 64 << 20, "{claimed}");
    }
    let jpeg = jpeg_with_segment(0xe1, &prefixed);
    let got = only_example(vec![("a.jpg".into(), jpeg)]);
    let far: u32 = got.iter().zip(&expected).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
    assert!(far < 8 * got.len() as u32, "a turned JPEG");
    // An endless list of entries, and entries outside the file.
    let mut endless = turned.clone();
    endless[8..10].fill(0xff);
    endless[10] = 0x13;
    assert_eq!(only_example(vec![("a.webp".into(), webp_with_exif(&endless, endless.len() as u32))]), upright);
    let mut outside = turned;
    outside[4..8].fill(0xff);
    assert_eq!(only_example(vec![("a.webp".into(), webp_with_exif(&outside, outside.len() as u32))]), upright);
}

#[test]
fn a_jpeg_is_used_whole_or_not_at_all() {
    let noise =
        RgbImage::from_fn(96, 96, |x, y| image::Rgb([(x * 37 + y * 91) as u8, (x * y) as u8, (x ^ y) as u8 * 2]));
    let good = encoded(&noise.into(), ImageFormat::Jpeg);
    let scan = good.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap() + 14;
    let mut refused = 0;
    for part in 1..8 {
        // An end marker in the middle: the rest is missing, though the file ends as it should.
        let at = scan + (good.len() - scan) * part / 8;
        let cut = [&good[..at], &[0xff, 0xd9]].concat();
        let why = reason("cut.jpg", &cut);
        println!("{part}: {why:?}");
        refused += usize::from(why.is_some());
    }
    assert_eq!(refused, 7);
    assert_eq!(reason("good.jpg", &good), None);
    // Grey is the colour that decoders fill in, but here it is the image.
    let grey = RgbImage::from_pixel(64, 64, image::Rgb([128; 3]));
    assert_eq!(reason("grey.jpg", &encoded(&grey.into(), ImageFormat::Jpeg)), None);
    // Browsers skip such a segment.
    assert_eq!(reason("adobe.jpg", &jpeg_with_segment(0xee, b"Adobe\0\x64")), None);
    for (name, bytes) in shared("hostile-files") {
        if name.starts_with("jpeg-damaged") {
            let why = reason(&name, &bytes).unwrap();
            assert!(why.starts_with("a damaged JPEG image, of which "), "{why}");
        }
    }
}

#[test]
fn a_bitmap_of_os2_is_read_by_its_longer_header() {
    let usual = encoded(&sample(), ImageFormat::Bmp);
    let pixels = (u32::from_le_bytes(usual[10..14].try_into().unwrap()) + 24).to_le_bytes();
    let long = [&usual[..10], &pixels, &64u32.to_le_bytes(), &usual[18..54], &[0; 24], &usual[54..]].concat();
    assert_eq!(only_example(vec![("a.bmp".into(), long)]), only_example(vec![("a.bmp".into(), usual)]));
}

#[test]
#[cfg_attr(not(shared_data = "field-cases"), ignore = "needs ../shared/data/field-cases")]
fn a_tiff_shows_exactly_its_picture_or_is_refused() {
    let folder = "field-cases/64-tiff-planar-tiled-float";
    let wanted = shared(&format!("{folder}/want"));
    for (name, bytes) in shared(folder).into_iter().filter(|(name, _)| name.ends_with(".tif")) {
        let Some((_, want)) = wanted.iter().find(|(want, _)| *want == format!("{name}.png")) else { continue };
        let shape = neurarium::shape::Shape::from_whc(32, 32, 3);
        let decoded = |bytes: &[u8]| neurarium::data::example_from_file(bytes, shape, &LoadOptions::default());
        match decoded(&bytes) {
            Err(error) => println!("{name}: {error}"),
            Ok((got, _)) => {
                let (want, _) = decoded(want).unwrap();
                assert!(got.iter().zip(&want).all(|(a, b)| a.abs_diff(*b) <= 1), "{name}");
            }
        }
    }
}

/// The files as another engine decodes them, one by one, and hands them over.
fn decoded_apart(files: &[(String, Vec<u8>)], options: LoadOptions) -> Dataset {
    let mut loader = Loader::new("test data", options);
    for (path, bytes) in files {
        let length = bytes.len() as u64;
        let mut decoder = FileDecoder::open(path, bytes.clone());
        for index in 0..decoder.files() {
            let decoded = decoder.decode(index, &loader.decode_options());
            if let Some(file) = decoded {
                loader.push_decoded(file, 1 < decoder.files());
            }
            while loader.pending() {
                loader.advance().unwrap();
            }
        }
        loader.count(length);
    }
    loader.finish().unwrap().dataset
}

#[test]
fn files_that_are_decoded_apart_give_the_same_examples() {
    let noise = RgbImage::from_fn(120, 70, |x, y| image::Rgb([(x * 2) as u8, (y * 3) as u8, (x ^ y) as u8]));
    let noise = DynamicImage::from(noise);
    let mut files = vec![
        ("a/photo.jpg".to_string(), encoded(&noise, ImageFormat::Jpeg)),
        ("a/turned.png".into(), with_orientation(&encoded(&noise, ImageFormat::Png), 8)),
        ("b/grey.png".into(), png(30, 30, 1, &[99; 900])),
        ("b/text.txt".into(), b"no image".to_vec()),
        ("train-images.gz".into(), common::files::gzip(&common::files::idx(&[3, 9, 9], &[60; 243]))),
    ];
    let picture = encoded(&noise, ImageFormat::Bmp);
    files.push(("c.zip".into(), zip(&[ZipFile::stored("x/1.bmp", &picture), ZipFile::deflated("x/2.bmp", &picture)])));
    for options in [LoadOptions::default(), small(), LoadOptions { channels: 1, ..small() }] {
        let together = load(files.clone(), options.clone()).unwrap().dataset;
        let apart = decoded_apart(&files, options);
        assert_eq!((apart.names.clone(), apart.shape), (together.names.clone(), together.shape));
        assert_eq!((&apart.frames, &apart.labels), (&together.frames, &together.labels));
        assert_eq!(bytes_of(&apart), bytes_of(&together));
    }
}

#[test]
fn pixels_that_are_not_the_size_they_claim_are_refused() {
    let mut loader = Loader::new("test data", small());
    let frame = neurarium::data::Frame { left: 0, top: 0, width: 16, height: 16 };
    for content in [
        DecodedContent::Picture { width: 1 << 40, height: 1 << 40, channels: 3, orientation: 1 },
        DecodedContent::Picture { width: 0, height: 0, channels: 3, orientation: 9 },
        DecodedContent::Example { width: 16, height: 16, channels: 3, frame },
        DecodedContent::Example { width: 16, height: 16, channels: 7, frame },
    ] {
        let file = neurarium::data::DecodedFile { path: "a.png".into(), content, bytes: vec![1; 12] };
        loader.push_decoded(file, false);
    }
    loader.push("good.png".into(), png(8, 8, 1, &[7; 64]));
    let Loaded { dataset, report } = loader.finish().unwrap();
    assert_eq!((dataset.len(), report.skipped_count), (1, 4), "{:?}", report.skipped);
}

/// The text with one value of its JSON replaced, in a model file: the length of the header stays, filled with blanks.
fn with_number(model: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(&model[8..]);
    assert!(text.contains(from), "{from}");
    let length = u64::from_le_bytes(model[..8].try_into().unwrap()) as usize;
    let header = std::str::from_utf8(&model[8..8 + length]).unwrap().replacen(from, to, 1);
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &model[8 + length..]].concat()
}

#[test]
fn counts_of_a_model_file_that_could_wrap_are_refused() {
    let config = Config::parse("limit=40\nmodel=autoencoder-dense\nembedding=4\nthreads=1").unwrap();
    let mut session = Session::new(config).unwrap();
    session.step_once(&|| 0.0).unwrap();
    let model = session.save().unwrap();
    assert!(safetensors::read(&model).is_ok());
    let examples = format!(r#"\"examples\":{}"#, 32);
    for (from, to) in [
        (r#"\"steps\":1"#, r#"\"steps\":18446744073709551615"#),
        (r#"\"steps\":1"#, r#"\"steps\":9007199254740993"#),
        (&examples[..], r#"\"examples\":18446744073709551615"#),
    ] {
        let error = safetensors::read(&with_number(&model, from, to)).unwrap_err().to_string();
        assert!(error.contains("too large a number"), "{error}");
    }
    for (name, bytes) in shared("hostile-files") {
        if name.starts_with("training-nan") {
            let refused = safetensors::read(&bytes).and_then(|model| model.check());
            assert!(refused.is_err(), "{name}");
        }
    }
}

#[test]
fn a_small_file_with_endless_work_is_refused_and_says_how_to_open_it() {
    // 8 x 8 pixels enlarged to 512 x 512, and a window of 255 x 255 over them: 1.7e10 products.
    let text = "upsample factor=16; upsample factor=4; conv outputs=4 kernel=255; max-pool size=16 stride=16; dense outputs=classes";
    let settings = |limit: &str| Config::parse(&format!("width=8\nheight=8\nlimit=40\nwork-limit={limit}")).unwrap();
    let with_text = |limit: &str| {
        let mut config = settings(limit);
        config.set("architecture", text).unwrap();
        Session::new(config)
    };
    let error = with_text("1").err().unwrap().to_string();
    assert!(error.starts_with("network: expected at most 1,000 million multiply-adds for one image"), "{error}");
    assert!(error.contains("work-limit"), "{error}");
    for (name, bytes) in shared("hostile-files") {
        let mut session = Session::new(Config::parse("limit=40").unwrap()).unwrap();
        if name.starts_with("huge-work") {
            let before = session.save().unwrap();
            let error = session.open(&bytes).unwrap_err().to_string();
            assert!(error.contains("million multiply-adds"), "{error}");
            assert!(session.save().unwrap() == before, "what is open stays");
        }
        if name.starts_with("more-than-4e9") {
            assert_eq!(safetensors::read(&bytes).unwrap().network.connections(), 4_872_148_032);
        }
    }
}
