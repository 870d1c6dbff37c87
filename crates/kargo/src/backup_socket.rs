//! How `kargo backup` reaches a running control plane: a socket in the data folder, which only its owner can open.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use embedded_kube::EmbeddedKube;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;

const SOCKET: &str = "control.sock";
const LONGEST_REQUEST: usize = 4096;
const PATIENCE: Duration = Duration::from_secs(600);

/// Answers requests until the process ends. Each is one line, the absolute path of the file to write.
pub(crate) async fn serve(
    data_dir: PathBuf,
    embedded: EmbeddedKube,
    shutdown: CancellationToken,
) -> Result<()> {
    let path = data_dir.join(SOCKET);
    // The store is locked by us, so a socket that is there is a dead process's.
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path)
        .with_context(|| format!("cannot listen on {}", path.display()))?;
    loop {
        let stream = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted.context("the backup socket failed")?.0,
        };
        let embedded = embedded.clone();
        tokio::spawn(async move {
            if let Err(error) = tokio::time::timeout(PATIENCE, answer(stream, embedded))
                .await
                .unwrap_or_else(|error| Err(error.into()))
            {
                tracing::warn!(error = %format!("{error:#}"), "a backup request was not answered");
            }
        });
    }
    let _ = std::fs::remove_file(&path);
    Ok(())
}

async fn answer(mut stream: UnixStream, embedded: EmbeddedKube) -> Result<()> {
    let mut line = String::new();
    let reader = tokio::io::AsyncReadExt::take(&mut stream, LONGEST_REQUEST as u64);
    BufReader::new(reader).read_line(&mut line).await.context("cannot read the request")?;
    let file = PathBuf::from(line.trim_end());
    let written = tokio::task::spawn_blocking(move || write(&embedded, &file))
        .await
        .context("the backup panicked")?;
    let answer = match written {
        Ok(bytes) => format!("ok {bytes}\n"),
        Err(error) => format!("error {}\n", format!("{error:#}").replace('\n', " ")),
    };
    stream.write_all(answer.as_bytes()).await.context("cannot answer")
}

fn write(embedded: &EmbeddedKube, file: &Path) -> Result<u64> {
    if !file.is_absolute() {
        bail!("{} is no absolute path", file.display());
    }
    embedded.backup(file).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(std::fs::metadata(file).map(|known| known.len()).unwrap_or_default())
}

/// Asks a running control plane for a backup; `None` when none answers.
pub(crate) async fn request(data_dir: &Path, file: &Path) -> Result<Option<u64>> {
    let Ok(mut stream) = UnixStream::connect(data_dir.join(SOCKET)).await else { return Ok(None) };
    let file = std::path::absolute(file).context("cannot tell where the file would be")?;
    let Some(text) = file.to_str().filter(|text| !text.contains('\n')) else {
        bail!("the name of the backup file is not text");
    };
    stream
        .write_all(format!("{text}\n").as_bytes())
        .await
        .context("the control plane does not listen")?;
    let mut answer = String::new();
    let reading = BufReader::new(&mut stream);
    tokio::io::AsyncReadExt::take(reading, LONGEST_REQUEST as u64)
        .read_line(&mut answer)
        .await
        .context("the control plane did not answer")?;
    match answer.trim_end().split_once(' ') {
        Some(("ok", bytes)) => Ok(Some(bytes.parse().unwrap_or_default())),
        Some(("error", message)) => bail!("{message}"),
        _ => bail!("the control plane ended before the backup did"),
    }
}
