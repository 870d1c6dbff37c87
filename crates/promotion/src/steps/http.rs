//! # `http`
//!
//! Sends an HTTP request and reads the answer.
//!
//! `successExpression` and `failureExpression` decide over the answer. When the failure expression
//! holds, the promotion fails; else, when the success expression holds, the step has succeeded.
//! When neither holds, the request is sent again after `pollInterval`; `retry.timeout` of the step
//! ends the wait. Without these two a status of 2xx is success and everything else is failure.
//!
//! Expressions about the answer are written without `${{ }}`, which is evaluated before the request
//! is sent. They see `response.status`, `response.body`, `response.header("Name")` and
//! `response.headers`, which has a list for each name. JSON and YAML bodies are read; a body of
//! another type is a text when it is `text/plain`, else it is read when it happens to be JSON. At
//! most 2 MiB are accepted. Redirects are followed.
//!
//! A body that is JSON goes into `quote()` when it contains expressions, because it would be read
//! as an object otherwise: `body: ${{ quote('{"tag": "' + vars.tag + '"}') }}`.
//!
//! Requests that change something carry an `Idempotency-Key` header unless the configuration sets
//! one: it is the same when a request is repeated after an error or a crash, and another for
//! each poll. Addresses that the operator does not allow are refused.
//!
//! ```yaml
//! uses: http
//! as: change
//! config:
//!   method: POST
//!   url: https://changes.example.com/api/changes
//!   headers:
//!   - name: Content-Type
//!     value: application/json
//!   body: '{"title": "promote guestbook"}'
//!   timeout: 30s
//!   successExpression: response.status == 201
//!   failureExpression: response.status == 403
//!   outputs:
//!   - name: id
//!     fromExpression: response.body.id
//! ```
//!
//! ## Output
//!
//! What `outputs` names.

mod answer;

use bytes::Bytes;
use expressions::{Error, Scope};
use integrations::outbound::{Outbound, OutboundError, OutboundPolicy, OutboundRequest};
use reqwest::{
    Method,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use crate::{
    relative_path::RelativePath,
    step::{Outcome, Step, StepContext, StepError},
};

/// The step.
pub(crate) static STEP: Step = crate::step!("http", "http.rs", Writes, Config, run);

/// The most that is read of an answer or sent from a file; Kargo's limit.
const LARGEST_BODY: usize = 2 << 20;

/// For requests that do not say.
const DEFAULT_TIMEOUT: &str = "10s";

/// For requests that ask for no timeout, with `0s` as in Go: nothing here waits for ever.
const NO_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(3600);

/// Headers that follow from the request itself; Kargo ignores them as well.
const OF_THE_CONNECTION: [HeaderName; 4] =
    [header::HOST, header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::TRAILER];

/// For waits that do not say.
const DEFAULT_POLL: &str = "30s";

/// Durations as Go writes them.
const DURATION: &str = r"(?:\d+(ns|us|µs|ms|s|m|h))+";

/// Sends an HTTP request and reads the answer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    { "required": ["body"], "properties": { "body": { "minLength": 1 }, "bodyFromFile": { "enum": ["", null] } } },
    { "required": ["bodyFromFile"], "properties": { "body": { "enum": ["", null] }, "bodyFromFile": { "minLength": 1 } } },
    { "properties": { "body": { "enum": ["", null] }, "bodyFromFile": { "enum": ["", null] } } },
]))]
struct Config {
    /// The method: `DELETE`, `GET`, `HEAD`, `PATCH`, `POST` or `PUT`. The default is `GET`.
    #[serde(default)]
    #[schemars(with = "String", regex(pattern = "^(DELETE|GET|HEAD|PATCH|POST|PUT)$"))]
    method: Option<String>,
    /// Where to send the request.
    #[schemars(length(min = 1))]
    url: String,
    /// Headers to send. `Host`, `Content-Length`, `Transfer-Encoding` and `Trailer` follow from the
    /// request and are left out.
    #[serde(default)]
    headers: Vec<Named>,
    /// Parameters to add to the URL's query.
    #[serde(default)]
    query_params: Vec<Named>,
    /// What to send. Give either this or `bodyFromFile`.
    #[serde(default)]
    body: String,
    /// The file to send, relative to the work directory. Give either this or `body`.
    #[serde(default)]
    #[schemars(with = "String", length(min = 1))]
    body_from_file: Option<RelativePath>,
    /// Whether to accept any certificate. Do not.
    #[serde(default, rename = "insecureSkipTLSVerify")]
    insecure_skip_tls_verify: bool,
    /// The URL of a proxy for this request. The operator's when absent.
    #[serde(default)]
    #[schemars(with = "String", regex(pattern = "^https?://.*$"))]
    proxy: Option<String>,
    /// How long the request may take, for example `30s`. The default is 10 seconds; `0s` means
    /// an hour.
    #[serde(default)]
    #[schemars(with = "String", regex(pattern = DURATION))]
    timeout: Option<String>,
    /// How long to wait before the request is sent again, at least 10 seconds. The default is 30
    /// seconds.
    #[serde(default)]
    #[schemars(with = "String", regex(pattern = DURATION))]
    poll_interval: Option<String>,
    /// How to read the answer, in place of its own `Content-Type`: `application/json`,
    /// `application/yaml` or `text/plain`.
    #[serde(default)]
    #[schemars(
        with = "String",
        regex(pattern = "^(application/json|application/yaml|text/plain)$")
    )]
    response_content_type: Option<String>,
    /// What to return of an answer that is a success.
    #[serde(default)]
    outputs: Vec<Output>,
    /// An expression that is true when the request did what it should.
    #[serde(default)]
    success_expression: String,
    /// An expression that is true when it did not and never will.
    #[serde(default)]
    failure_expression: String,
    /// An expression that finds the answer's own words for what went wrong. Asked when the failure
    /// expression holds.
    #[serde(default)]
    error_expression: String,
}

/// A name and a value.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Named {
    /// The name.
    #[schemars(length(min = 1))]
    name: String,
    /// The value.
    #[schemars(length(min = 1))]
    value: String,
}

/// A value to return.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Output {
    /// The name of the output.
    #[schemars(length(min = 1))]
    name: String,
    /// The expression that gives its value.
    #[schemars(length(min = 1))]
    from_expression: String,
}

async fn run(context: &StepContext<'_>, config: Config) -> Result<Outcome, StepError> {
    let request = request(context, &config)?;
    let poll = duration("pollInterval", config.poll_interval.as_deref().unwrap_or(DEFAULT_POLL))?;
    let method = request.method.clone();
    let outbound = outbound(context, config.proxy.as_deref())?;
    let operation = || format!("send the {method} request");
    let answer = tokio::select! {
        answer = outbound.exchange(request) => answer.map_err(|error| not_sent(operation(), error))?,
        // Whether the request arrives is unknown either way, so nothing is gained by waiting.
        () = context.cancel.cancelled() => return Err(StepError::errored(operation(), "it was stopped")),
    };
    let scope = answer::scope(&answer, config.response_content_type.as_deref())?;
    let status = answer.status.as_u16();
    let succeeded = holds("successExpression", &config.success_expression, &scope)?;
    let failed = holds("failureExpression", &config.failure_expression, &scope)?;
    match (failed, succeeded) {
        (Some(true), _) => {
            Err(StepError::Failed(failure(status, &config.error_expression, &scope)?))
        }
        (_, Some(true)) => outputs(&config.outputs, &scope),
        (None, None) if answer.status.is_success() => outputs(&config.outputs, &scope),
        (None, None) => Err(StepError::Failed(format!("the answer has the status {status}"))),
        _ => Ok(Outcome::NotYet {
            check_at: context.services.clock.now().saturating_add(poll).ok(),
            why: format!(
                "waiting for the success criteria; the last answer had the status {status}"
            ),
        }),
    }
}

fn request(context: &StepContext<'_>, config: &Config) -> Result<OutboundRequest, StepError> {
    let mut url = Url::parse(&config.url)
        .map_err(|error| invalid("url", format!("it is not a URL ({error})")))?;
    if !config.query_params.is_empty() {
        let mut query = url.query_pairs_mut();
        for parameter in &config.query_params {
            query.append_pair(&parameter.name, &parameter.value);
        }
    }
    let method = config.method.as_deref().unwrap_or("GET");
    let method = Method::from_bytes(method.as_bytes())
        .map_err(|_| invalid("method", format!("`{method}` is not a method")))?;
    let mut headers = HeaderMap::new();
    for (index, header) in config.headers.iter().enumerate() {
        let field = format!("headers[{index}]");
        let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| {
            invalid(&field, format!("`{}` cannot be the name of a header", header.name))
        })?;
        let value = HeaderValue::from_str(&header.value).map_err(|_| {
            invalid(&field, format!("the value of `{name}` cannot be sent as a header"))
        })?;
        if !OF_THE_CONNECTION.contains(&name) {
            headers.append(name, value);
        }
    }
    if !method.is_safe()
        && let Ok(key) = HeaderValue::from_str(context.key)
    {
        headers.entry("idempotency-key").or_insert(key);
    }
    let body = match &config.body_from_file {
        Some(path) => Some(Bytes::from(body_from(context, path)?)),
        None => (!config.body.is_empty()).then(|| Bytes::from(config.body.clone())),
    };
    if body.is_none() && [Method::POST, Method::PUT, Method::PATCH].contains(&method) {
        // Some servers refuse a POST that does not say that its body is empty.
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    let timeout = duration("timeout", config.timeout.as_deref().unwrap_or(DEFAULT_TIMEOUT))?;
    let mut request = OutboundRequest::new(method, url);
    request.headers = headers;
    request.body = body;
    request.timeout = Some(match std::time::Duration::try_from(timeout) {
        Ok(timeout) if !timeout.is_zero() => timeout,
        _ => NO_TIMEOUT,
    });
    request.maximum_body = LARGEST_BODY;
    request.insecure_skip_tls_verify = config.insecure_skip_tls_verify;
    Ok(request)
}

fn body_from(context: &StepContext<'_>, path: &RelativePath) -> Result<Vec<u8>, StepError> {
    let body = context.work_dir.read(path)?;
    if body.len() > LARGEST_BODY {
        return Err(StepError::Failed(format!(
            "`{path}` is larger than {} MiB, the most a request sends",
            LARGEST_BODY >> 20
        )));
    }
    Ok(body)
}

/// A proxy of its own needs a client of its own, under the same policy.
fn outbound(context: &StepContext<'_>, proxy: Option<&str>) -> Result<Outbound, StepError> {
    let Some(proxy) = proxy else { return Ok(context.services.outbound.clone()) };
    let proxy = Url::parse(proxy)
        .map_err(|error| invalid("proxy", format!("it is not a URL ({error})")))?;
    let outbound = &context.services.outbound;
    outbound.check_url(&proxy).map_err(|error| not_sent("use the proxy".into(), error))?;
    Outbound::new(OutboundPolicy { proxy: Some(proxy), ..outbound.policy().clone() })
        .map_err(|error| StepError::errored("use the proxy", error))
}

/// What a criterion says; none when there is no criterion.
fn holds(field: &str, expression: &str, scope: &Scope) -> Result<Option<bool>, StepError> {
    if expression.is_empty() {
        return Ok(None);
    }
    match evaluate(field, expression, scope)?.as_bool() {
        Some(holds) => Ok(Some(holds)),
        None => Err(StepError::errored(
            format!("evaluate `{field}`"),
            format!("`{expression}` gives neither true nor false"),
        )),
    }
}

fn evaluate(field: &str, expression: &str, scope: &Scope) -> Result<expressions::Value, StepError> {
    expressions::evaluate(expression, scope).map_err(|error| {
        let operation = format!("evaluate `{field}`");
        match error {
            // The answer may be another next time; the expression will not.
            Error::Evaluate(_) => StepError::errored(operation, error),
            _ => StepError::Hopeless { operation, source: error.into() },
        }
    })
}

fn failure(status: u16, expression: &str, scope: &Scope) -> Result<String, StepError> {
    let met = format!("the answer with the status {status} meets the failure criteria");
    if expression.is_empty() {
        return Ok(met);
    }
    match evaluate("errorExpression", expression, scope) {
        Ok(expressions::Value::Text(text)) if !text.is_empty() => {
            Ok(format!("{met}: {}", text.to_str()))
        }
        Err(error @ StepError::Hopeless { .. }) => Err(error),
        // An answer may be of another shape than the expression expects.
        Ok(_) | Err(_) => Ok(met),
    }
}

/// What no repetition cures is not repeated.
fn not_sent(operation: String, error: OutboundError) -> StepError {
    match error {
        OutboundError::Refused { .. } | OutboundError::Scheme { .. } => {
            StepError::Hopeless { operation, source: error.into() }
        }
        error => StepError::errored(operation, error),
    }
}

fn outputs(outputs: &[Output], scope: &Scope) -> Result<Outcome, StepError> {
    let mut values = Map::new();
    for (index, output) in outputs.iter().enumerate() {
        let field = format!("outputs[{index}].fromExpression");
        let value = evaluate(&field, &output.from_expression, scope)?
            .to_json()
            .map_err(|error| StepError::errored(format!("return `{}`", output.name), error))?;
        values.insert(output.name.clone(), value);
    }
    Ok(Outcome::Done { output: Value::Object(values) })
}

fn duration(field: &str, text: &str) -> Result<jiff::SignedDuration, StepError> {
    api::Duration::from(text).get().map_err(|error| {
        invalid(field, format!("`{text}` is not a duration such as `30s` ({error})"))
    })
}

fn invalid(field: &str, problem: String) -> StepError {
    StepError::Invalid { step: STEP.name, problem: format!("{field}: {problem}") }
}

#[cfg(test)]
mod tests;
