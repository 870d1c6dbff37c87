//! One request to a CGI program, streamed both ways; `git http-backend` is one.

use std::io;

use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures::StreamExt as _;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio_util::io::ReaderStream;

/// A program that has not finished its headers after this much is not a CGI program.
const HEADERS_LIMIT: usize = 64 << 10;

/// Starts the program with the request's body as its input and answers with what it prints.
pub(super) async fn run(command: &mut Command, body: Body) -> Response {
    match start(command, body).await {
        Ok(response) => response,
        Err(error) => {
            tracing::warn!(%error, "a CGI program failed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn start(command: &mut Command, body: Body) -> io::Result<Response> {
    use std::process::Stdio;
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let missing = || io::Error::other("a process without pipes");
    let (stdin, stdout) =
        (child.stdin.take().ok_or_else(missing)?, child.stdout.take().ok_or_else(missing)?);
    tokio::spawn(feed(stdin, body.into_data_stream()));
    let mut stdout = BufReader::new(stdout);
    let mut response = headers(&mut stdout).await?;
    // The stream owns the process: a client that goes away ends it.
    let output = ReaderStream::new(stdout).map({
        let keep: Child = child;
        move |chunk| {
            let _running = &keep;
            chunk
        }
    });
    *response.body_mut() = Body::from_stream(output);
    Ok(response)
}

async fn feed(mut stdin: ChildStdin, mut body: BodyDataStream) {
    while let Some(Ok(chunk)) = body.next().await {
        if stdin.write_all(&chunk).await.is_err() {
            return;
        }
    }
}

async fn headers(stdout: &mut BufReader<ChildStdout>) -> io::Result<Response> {
    let mut response = Response::new(Body::empty());
    let mut read = 0;
    loop {
        let mut line = String::new();
        read += stdout.read_line(&mut line).await?;
        if read > HEADERS_LIMIT || line.is_empty() {
            return Err(io::Error::other("the headers of a CGI program do not end"));
        }
        let Some((name, value)) = line.trim_end().split_once(':') else {
            return Ok(response);
        };
        let value = value.trim();
        if name.eq_ignore_ascii_case("status") {
            let code = value.split(' ').next().and_then(|code| code.parse().ok());
            *response.status_mut() = code.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        } else if let (Ok(name), Ok(value)) =
            (name.parse::<HeaderName>(), HeaderValue::from_str(value))
        {
            response.headers_mut().append(name, value);
        }
    }
}
