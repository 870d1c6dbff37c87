//! Puts the built UI where `ui_files` embeds it from, each file also compressed; without one, a page that says how.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const PLACEHOLDER: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<title>kargo-rs</title>
<h1>The web UI is not part of this build</h1>
<p>Run <code>make ui</code> and build again. The REST API under <code>/v1beta1</code> and the command line work without it.</p>
";

fn main() -> io::Result<()> {
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?).join("ui");
    let manifest = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let source = manifest.join("../../ui/dist");
    println!("cargo:rerun-if-changed=build.rs");
    // Cargo rebuilds always when a watched path is missing; `make ui` touches this file instead.
    if source.exists() {
        println!("cargo:rerun-if-changed={}", source.display());
    }
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    fs::create_dir_all(&out)?;
    if source.join("index.html").is_file() {
        copy(&source, &out)
    } else {
        fs::write(out.join("index.html"), PLACEHOLDER)
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            let bytes = fs::read(entry.path())?;
            compress(&bytes, &target)?;
            fs::write(&target, bytes)?;
        }
    }
    Ok(())
}

/// Writes `<file>.gz` where that saves something.
fn compress(bytes: &[u8], target: &Path) -> io::Result<()> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    let compressed = encoder.finish()?;
    if compressed.len() < bytes.len() {
        let mut name = target.as_os_str().to_owned();
        name.push(".gz");
        fs::write(name, compressed)?;
    }
    Ok(())
}
