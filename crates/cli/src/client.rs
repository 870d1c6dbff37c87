//! The REST client: one place where requests are made, answers are bounded, and errors become advice.

use std::time::Duration;

use api::rest::ErrorBody;
use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use crate::failure::{Failure, Result, chain};
use crate::fixes;
use crate::kinds::Kind;

const CONNECT: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_secs(60);
/// Longer than the server's pause between signs of life.
const SILENCE: Duration = Duration::from_secs(90);
/// The largest answer that is read.
const LIMIT: usize = 256 << 20;

/// A server and the right to talk to it.
pub(crate) struct Client {
    http: reqwest::Client,
    server: Url,
    token: Option<String>,
}

/// Path segments below `/v1beta1`, and query parameters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place<'a> {
    segments: Vec<&'a str>,
    query: Vec<(&'a str, &'a str)>,
}

impl<'a> Place<'a> {
    pub(crate) fn new(segments: &[&'a str]) -> Self {
        Self { segments: segments.to_vec(), query: Vec::new() }
    }

    /// A place below a Project.
    pub(crate) fn in_project(project: &'a str, segments: &[&'a str]) -> Self {
        let mut place = Self::new(&["projects", project]);
        place.segments.extend_from_slice(segments);
        place
    }

    /// The place one segment further down.
    #[must_use]
    pub(crate) fn below(&self, segment: &'a str) -> Self {
        let mut place = self.clone();
        place.segments.push(segment);
        place
    }

    #[must_use]
    pub(crate) fn with(mut self, key: &'a str, value: &'a str) -> Self {
        self.query.push((key, value));
        self
    }
}

impl Client {
    pub(crate) fn new(server: Url, token: Option<String>, insecure: bool) -> Result<Self> {
        // It is no error when the process has chosen its provider already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .user_agent(concat!("kargo-rs/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            // A redirect would carry the token to a place nobody named.
            .redirect(reqwest::redirect::Policy::none())
            .tls_danger_accept_invalid_certs(insecure)
            .build()
            .map_err(|error| Failure::new(format!("cannot set up HTTP: {}", chain(&error))))?;
        Ok(Self { http, server, token })
    }

    /// The server as people write it.
    pub(crate) fn server(&self) -> &str {
        self.server.as_str().trim_end_matches('/')
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, place: &Place<'_>) -> Result<T> {
        let request = self.request(Method::GET, place)?.timeout(ANSWER);
        self.decode(self.send(request).await?).await
    }

    /// Posts, with a JSON body if there is one; an empty answer is null.
    pub(crate) async fn post(&self, place: &Place<'_>, body: Option<&Value>) -> Result<Value> {
        let mut request = self.request(Method::POST, place)?.timeout(ANSWER);
        if let Some(body) = body {
            request = request.json(body);
        }
        self.decode_or_null(self.send(request).await?).await
    }

    pub(crate) async fn delete(&self, place: &Place<'_>) -> Result<()> {
        let request = self.request(Method::DELETE, place)?.timeout(ANSWER);
        self.send(request).await.map(|_| ())
    }

    /// Sends one manifest to `/v1beta1/resources`.
    pub(crate) async fn manifest(
        &self,
        method: Method,
        place: &Place<'_>,
        manifest: &Value,
    ) -> Result<Value> {
        let request = self.request(method, place)?.timeout(ANSWER).json(manifest);
        self.decode_or_null(self.send(request).await?).await
    }

    /// Exchanges the admin password for a token.
    pub(crate) async fn login(&self, password: &str) -> Result<String> {
        let place = Place::new(&["login"]);
        let request = self.http.request(Method::POST, self.url(&place)?).timeout(ANSWER);
        let mut value = header::HeaderValue::from_bytes(format!("Bearer {password}").as_bytes())
            .map_err(|_| Failure::usage("the password has characters that cannot be sent"))?;
        value.set_sensitive(true);
        let sent = self.send(request.header(header::AUTHORIZATION, value)).await;
        let response = sent.map_err(|failure| match failure.status() {
            // The usual advice would be to do what is being done.
            Some(401 | 403) => failure.without_hints(),
            _ => failure,
        })?;
        let answer: api::rest::LoginResponse = self.decode(response).await?;
        Ok(answer.id_token)
    }

    /// Opens a watch; its body is a stream of Server-Sent Events.
    pub(crate) async fn watch(&self, place: &Place<'_>) -> Result<Response> {
        let request = self.request(Method::GET, place)?.header(header::ACCEPT, "text/event-stream");
        self.send(request).await
    }

    fn url(&self, place: &Place<'_>) -> Result<Url> {
        let mut url = self.server.clone();
        {
            let mut path = url
                .path_segments_mut()
                .map_err(|()| Failure::usage("the server's URL cannot have a path"))?;
            path.pop_if_empty().push("v1beta1").extend(&place.segments);
        }
        if !place.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&place.query);
        }
        Ok(url)
    }

    fn request(&self, method: Method, place: &Place<'_>) -> Result<RequestBuilder> {
        let request = self.http.request(method, self.url(place)?);
        Ok(match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        })
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response> {
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        if status.is_redirection() {
            let to = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
            let to = to.unwrap_or("elsewhere");
            return Err(Failure::new(format!("{} redirects to {to}", self.server()))
                .hint("name the server it redirects to with --server"));
        }
        let body = self.read(response).await.unwrap_or_default();
        Err(self.refused(status, &body))
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let why = chain(&error.without_url_of());
        let failure = Failure::new(format!("cannot reach {}: {why}", self.server()));
        if error.is_timeout() {
            return failure.hint("the server did not answer in time; is it the right one?");
        }
        if why.contains("certificate") {
            return failure.hint("if you trust this server, use --insecure-skip-tls-verify");
        }
        failure.hint("is it running? `kargo up` starts one on this machine; --server names another")
    }

    fn refused(&self, status: StatusCode, body: &[u8]) -> Failure {
        let body: ErrorBody = serde_json::from_slice(body).unwrap_or_else(|_| ErrorBody {
            error: format!("{} answered {status}", self.server()),
            because: Vec::new(),
        });
        let message = match (status, self.token.is_some()) {
            (StatusCode::UNAUTHORIZED, false) => format!("not logged in to {}", self.server()),
            (StatusCode::UNAUTHORIZED, true) => {
                format!("{} does not accept the token: it has expired or is wrong", self.server())
            }
            _ => body.error,
        };
        let missing = Some(&message).filter(|_| status == StatusCode::NOT_FOUND);
        let missing = missing.and_then(|message| Kind::of_message(message));
        let mut failure = Failure::new(message).with_status(status.as_u16());
        for reason in &body.because {
            if let Some(time) = &reason.unblocks_at {
                failure = failure.hint(format!("this ends at {}", time.0));
            }
            if let Some(fix) = &reason.fix {
                failure = failure.hint(fixes::advice(fix, fixes::About::default()));
            }
        }
        match status {
            StatusCode::UNAUTHORIZED => {
                failure.hint(format!("log in with `kargo login {}`", self.server()))
            }
            StatusCode::FORBIDDEN if body.because.is_empty() && self.token.is_none() => {
                failure.hint(format!("log in with `kargo login {}`", self.server()))
            }
            _ => match missing {
                Some(kind) => {
                    failure.hint(format!("`kargo get {}` lists those there are", kind.word()))
                }
                None => failure,
            },
        }
    }

    async fn read(&self, mut response: Response) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|error| self.unreachable(&error))? {
            if bytes.len() + piece.len() > LIMIT {
                return Err(Failure::new(format!("the answer of {} is too large", self.server())));
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }

    async fn decode<T: DeserializeOwned>(&self, response: Response) -> Result<T> {
        let bytes = self.read(response).await?;
        serde_json::from_slice(&bytes).map_err(|error| {
            Failure::new(format!("{} answered something unexpected: {error}", self.server()))
                .hint("is this a Kargo server, and is its version near this program's?")
        })
    }

    async fn decode_or_null(&self, response: Response) -> Result<Value> {
        let bytes = self.read(response).await?;
        Ok(serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }
}

/// The error without its URL, which is said already.
trait WithoutUrl {
    fn without_url_of(&self) -> Shown<'_>;
}

impl WithoutUrl for reqwest::Error {
    fn without_url_of(&self) -> Shown<'_> {
        Shown(self)
    }
}

/// Shows only the causes of an HTTP error.
#[derive(Debug)]
struct Shown<'a>(&'a reqwest::Error);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = if self.0.is_timeout() {
            "it took too long"
        } else if self.0.is_connect() {
            "no connection"
        } else {
            "the connection broke"
        };
        formatter.write_str(what)
    }
}

impl std::error::Error for Shown<'_> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // What is between is how the program is made, which helps nobody.
        std::iter::successors(std::error::Error::source(self.0), |&error| error.source()).last()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> Client {
        Client::new(Url::parse("http://h.example/base/").unwrap(), None, false).unwrap()
    }

    #[test]
    fn paths_are_below_the_server_and_encoded() {
        let place = Place::in_project("p", &["freight", "a"]).with("stage", "x y&z");
        let url = client().url(&place).unwrap();
        assert_eq!(
            url.as_str(),
            "http://h.example/base/v1beta1/projects/p/freight/a?stage=x+y%26z"
        );
    }

    #[test]
    fn refusals_say_what_to_do() {
        let failure = client().refused(StatusCode::UNAUTHORIZED, b"not json");
        assert!(failure.to_string().contains("kargo login http://h.example/base`"), "{failure}");
        let body = br#"{"error":"no","because":[{"code":"soaking","message":"m","unblocksAt":"2026-01-02T03:04:05Z","fix":"approve it"}]}"#;
        let failure = client().refused(StatusCode::BAD_REQUEST, body);
        let text = failure.to_string();
        assert!(
            text.starts_with("no\n") && text.contains("2026-01-02") && text.contains("approve it")
        );
    }
}
