//! Canonical forms of repository URLs, so that one repository has one name however it is written.
//! The reading and writing of URLs follows Go's net/url, on which Kargo's Freight names depend.

/// Canonical URL of a git repository; what cannot be read is returned as it is.
pub fn normalize_git(url: &str) -> String {
    git(&sanitize(&lower(url))).unwrap_or_else(|| url.to_owned())
}

/// Canonical name of an image repository; what cannot be read is returned as it is.
pub fn normalize_image(url: &str) -> String {
    image(&sanitize(&lower(url))).unwrap_or_else(|| url.to_owned())
}

/// Canonical name of a chart repository, without `oci://`.
pub fn normalize_chart(url: &str) -> String {
    let clean = sanitize(url);
    if !is_url(&clean) {
        return url.to_owned();
    }
    let clean = lower(&clean);
    normalize_image(clean.strip_prefix("oci://").unwrap_or(&clean))
}

/// Lower case, one character for one character.
fn lower(text: &str) -> String {
    text.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect()
}

/// Drops what cannot be seen (byte order marks, zero-width characters) and space around the text.
fn sanitize(text: &str) -> String {
    let seen: String = text.chars().filter(|c| is_printable(*c)).collect();
    seen.trim().to_owned()
}

/// Whether a character shows. `escape_debug` escapes exactly those that do not; the leading
/// letter keeps it from escaping combining marks as well.
fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return (' '..='~').contains(&c);
    }
    let text: String = ['a', c].iter().collect();
    text.escape_debug().nth(1) == Some(c)
}

fn git(url: &str) -> Option<String> {
    if let Some(rest) = url.strip_prefix("http://") {
        return Some(format!("http://{}", authority_and_path(rest, false)?));
    }
    if let Some(rest) = url.strip_prefix("https://") {
        return Some(format!("https://{}", authority_and_path(rest, false)?));
    }
    if let Some(rest) = url.strip_prefix("ssh://") {
        return Some(format!("ssh://{}", authority_and_path(rest, true)?));
    }
    scp_like(url)
}

/// Everything after `scheme://`, in canonical form.
fn authority_and_path(rest: &str, keep_user: bool) -> Option<String> {
    let (rest, fragment) = split_fragment(rest)?;
    let (rest, query) = split_query(rest);
    if query.is_some_and(has_parameters) {
        return None;
    }
    let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user_info(user)?), host),
        None => (None, authority),
    };
    let mut text = String::new();
    if let (true, Some(user)) = (keep_user, user) {
        text.push_str(&user);
        text.push('@');
    }
    text.push_str(&canonical_host(host)?);
    text.push_str(&canonical_path(path)?);
    push_query_and_fragment(&mut text, query, fragment);
    Some(text)
}

/// `[user@]host[:path]`.
fn scp_like(url: &str) -> Option<String> {
    let (user_host, path) = url.split_once(':').unwrap_or((url, ""));
    let host = match user_host.split_once('@') {
        Some((user, host)) if is_word(user) => host,
        Some(_) => return None,
        None => user_host,
    };
    if !host.split('.').all(is_word) {
        return None;
    }
    let path = scp_path(path)?;
    Some(if path.is_empty() {
        format!("ssh://{user_host}")
    } else {
        format!("ssh://{user_host}/{path}")
    })
}

/// The path of an scp-like URL is itself read as a URL reference, oddities included: what looks
/// like a scheme or a host there leaves no path.
fn scp_path(path: &str) -> Option<String> {
    let (rest, fragment) = split_fragment(path)?;
    if let Some((scheme, _)) = rest.split_once(':')
        && !scheme.contains(['/', '?'])
    {
        let looks_like_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
        return looks_like_scheme.then(String::new);
    }
    let (rest, query) = split_query(rest);
    if let Some(reference) = rest.strip_prefix("//")
        && !rest.starts_with("///")
    {
        let (host, path) =
            reference.find('/').map_or((reference, ""), |slash| reference.split_at(slash));
        let path = canonical_path(path)?;
        let host = canonical_host(host)?;
        return Some(if path.is_empty() { path } else { format!("//{host}{path}") });
    }
    let mut text = canonical_path(rest)?;
    if text.is_empty() {
        return Some(text);
    }
    push_query_and_fragment(&mut text, query, fragment);
    Some(text)
}

fn split_fragment(text: &str) -> Option<(&str, Option<&str>)> {
    match text.split_once('#') {
        Some((rest, fragment)) => {
            decode(fragment)?;
            Some((rest, Some(fragment)))
        }
        None => Some((text, None)),
    }
}

fn split_query(text: &str) -> (&str, Option<&str>) {
    text.split_once('?').map_or((text, None), |(rest, query)| (rest, Some(query)))
}

/// Whether any parameter of a query can be read; Go drops those that cannot.
fn has_parameters(query: &str) -> bool {
    query.split('&').any(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        !pair.is_empty() && !pair.contains(';') && decode(key).is_some() && decode(value).is_some()
    })
}

fn push_query_and_fragment(text: &mut String, query: Option<&str>, fragment: Option<&str>) {
    if let Some(query) = query {
        text.push('?');
        text.push_str(query);
    }
    if let Some(fragment) = fragment.filter(|fragment| !fragment.is_empty()) {
        text.push('#');
        text.push_str(fragment);
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// `user[:password]`, encoded anew.
fn user_info(text: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c);
    if !text.chars().all(allowed) {
        return None;
    }
    let encode_part = |part: &str| Some(encode(&decode(part)?, |c| USER_MARKS.contains(&c)));
    match text.split_once(':') {
        Some((user, password)) => {
            Some(format!("{}:{}", encode_part(user)?, encode_part(password)?))
        }
        None => encode_part(text),
    }
}

const USER_MARKS: &[u8] = b"-_.~$&+,;=";
const PATH_MARKS: &[u8] = b"-_.~$&+,/:;=@";
const HOST_MARKS: &str = "-_.~!$&'()*+,;=:[]<>\"";

/// A host and a port, if they can be one.
fn canonical_host(host: &str) -> Option<String> {
    let port = if host.starts_with('[') {
        &host[host.rfind(']')? + 1..]
    } else {
        host.rfind(':').map_or("", |colon| &host[colon..])
    };
    let digits = port.strip_prefix(':').unwrap_or(port);
    if (port.is_empty() || port.starts_with(':'))
        && digits.chars().all(|c| c.is_ascii_digit())
        && host
            .chars()
            .all(|c| !c.is_ascii() || c.is_ascii_alphanumeric() || HOST_MARKS.contains(c))
    {
        return Some(encode(host.as_bytes(), |c| HOST_MARKS.as_bytes().contains(&c)));
    }
    None
}

/// A path without a closing slash and without `.git`, in the encoding it was written in when
/// nothing had to be cut off, and in the usual one otherwise.
fn canonical_path(raw: &str) -> Option<String> {
    let path = decode(raw)?;
    let cut = path.strip_suffix(b"/").unwrap_or(&path);
    let cut = cut.strip_suffix(b".git").unwrap_or(cut);
    let is_written_well = raw
        .bytes()
        .all(|c| c.is_ascii_alphanumeric() || PATH_MARKS.contains(&c) || b"!'()*[]%".contains(&c));
    if cut.len() == path.len() && is_written_well {
        return Some(raw.to_owned());
    }
    if cut == b"*" {
        return Some("*".to_owned());
    }
    Some(encode(cut, |c| PATH_MARKS.contains(&c)))
}

/// Undoes percent-encoding; nothing if it is broken.
fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let high = char::from(bytes.next()?).to_digit(16)?;
        let low = char::from(bytes.next()?).to_digit(16)?;
        decoded.push(u8::try_from(high * 16 + low).ok()?);
    }
    Some(decoded)
}

/// Percent-encodes all but letters, digits and the marks that may stand.
fn encode(bytes: &[u8], may_stand: impl Fn(u8) -> bool) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || may_stand(byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// Whether Go would read the text as a URL.
fn is_url(text: &str) -> bool {
    fn read(text: &str) -> Option<()> {
        let (rest, _) = split_fragment(text)?;
        let (scheme, rest) = match rest.split_once(':') {
            Some(("", _)) => return None,
            Some((scheme, after)) if !scheme.contains(['/', '?']) => {
                let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                    && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
                if is_scheme { (true, after) } else { return None }
            }
            _ => (false, rest),
        };
        let (rest, _) = split_query(rest);
        if scheme && !rest.starts_with('/') {
            return Some(());
        }
        let path = match rest.strip_prefix("//") {
            Some(reference) if scheme || !rest.starts_with("///") => {
                let slash = reference.find('/').unwrap_or(reference.len());
                let (authority, path) = reference.split_at(slash);
                let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
                user_info(user)?;
                canonical_host(host)?;
                path
            }
            _ => rest,
        };
        decode(path).map(|_| ())
    }
    read(text).is_some()
}

const DOCKER_HUB: &str = "index.docker.io";

/// Reads an image reference and leaves out its tag or digest and what Docker Hub implies.
fn image(reference: &str) -> Option<String> {
    let repository = match tagged(reference) {
        Some(repository) => repository,
        None => {
            let (base, digest) = reference.split_once('@')?;
            let hash = digest.strip_prefix("sha256:")?;
            let is_hash = hash.len() == 64 && hash.bytes().all(|c| c.is_ascii_hexdigit());
            if !is_hash {
                return None;
            }
            tagged(base)?
        }
    };
    let (registry, path) = repository;
    let on_hub = registry == DOCKER_HUB || registry == "registry-1.docker.io";
    Some(if on_hub {
        path.strip_prefix("library/").unwrap_or(path).to_owned()
    } else {
        format!("{registry}/{path}")
    })
}

/// The registry and the repository of `[registry/]repository[:tag]`.
fn tagged(reference: &str) -> Option<(&str, &str)> {
    let (base, tag) = match reference.rsplit_once(':') {
        Some((base, tag)) if !tag.contains('/') => (base, Some(tag)),
        _ => (reference, None),
    };
    let is_tag = |tag: &str| {
        (1..=128).contains(&tag.len())
            && tag.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
    };
    if !tag.is_none_or(is_tag) {
        return None;
    }
    let (registry, path) = match base.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (host, path),
        _ => ("", base),
    };
    let is_path = (2..=255).contains(&path.len())
        && path.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-./".contains(c));
    let registry =
        if registry.is_empty() || registry == "docker.io" { DOCKER_HUB } else { registry };
    (is_path && canonical_host(registry).is_some()).then_some((registry, path))
}
