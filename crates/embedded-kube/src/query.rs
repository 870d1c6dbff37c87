//! The query parameters of a request, parsed once.
use crate::status::Status;

/// What to do with fields the schema does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum FieldValidation {
    Ignore,
    #[default]
    Warn,
    Strict,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    pub(crate) dry_run: bool,
    pub(crate) field_manager: Option<String>,
    pub(crate) field_validation: FieldValidation,
    pub(crate) force: Option<bool>,
    pub(crate) limit: usize,
    pub(crate) continuation: String,
    pub(crate) resource_version: String,
    pub(crate) resource_version_match: String,
    pub(crate) label_selector: String,
    pub(crate) field_selector: String,
    pub(crate) watch: bool,
    pub(crate) bookmarks: bool,
    pub(crate) initial_events: Option<bool>,
    pub(crate) timeout_seconds: Option<u64>,
    pub(crate) propagation: Option<String>,
    pub(crate) include_object: String,
    pub(crate) grace_period: Option<i64>,
}

impl Query {
    pub(crate) fn parse(text: &str) -> Result<Self, Status> {
        let mut query = Self::default();
        for (name, value) in pairs(text) {
            query.set(&name, value)?;
        }
        Ok(query)
    }

    fn set(&mut self, name: &str, value: String) -> Result<(), Status> {
        match name {
            "dryRun" if value == "All" => self.dry_run = true,
            "dryRun" if !value.is_empty() => return Err(wrong("dryRun", &value, "All")),
            "fieldManager" if value.len() > 128 => {
                return Err(wrong(name, &value, "at most 128 characters"));
            }
            "fieldManager" => self.field_manager = Some(value).filter(|text| !text.is_empty()),
            "fieldValidation" => {
                self.field_validation = match value.as_str() {
                    "Strict" => FieldValidation::Strict,
                    "Warn" | "" => FieldValidation::Warn,
                    "Ignore" => FieldValidation::Ignore,
                    _ => return Err(wrong(name, &value, "Ignore, Strict or Warn")),
                }
            }
            "force" => self.force = Some(flag(&value)),
            "limit" => {
                self.limit = match value.as_str() {
                    "" => 0,
                    text => text.parse().map_err(|_| no_number(text))?,
                }
            }
            "continue" => self.continuation = value,
            "resourceVersion" => self.resource_version = value,
            "resourceVersionMatch" => self.resource_version_match = value,
            "labelSelector" => self.label_selector = value,
            "fieldSelector" => self.field_selector = value,
            "watch" => self.watch = flag(&value),
            "allowWatchBookmarks" => self.bookmarks = flag(&value),
            "sendInitialEvents" => self.initial_events = Some(flag(&value)),
            "timeoutSeconds" => {
                let seconds = value.parse().map_err(|_| no_number(&value))?;
                self.timeout_seconds = Some(seconds);
            }
            "propagationPolicy" => self.propagation = Some(value).filter(|text| !text.is_empty()),
            "gracePeriodSeconds" => self.grace_period = value.parse().ok(),
            "includeObject" => self.include_object = value,
            _ => {}
        }
        Ok(())
    }
}

fn flag(value: &str) -> bool {
    !matches!(value, "false" | "0")
}

fn wrong(name: &str, value: &str, right: &str) -> Status {
    Status::bad_request(format!("{name}: Invalid value: {value:?}: must be {right}"))
}

fn no_number(value: &str) -> Status {
    Status::bad_request(format!("strconv.ParseInt: parsing {value:?}: invalid syntax"))
}

fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name, true), decode(value, true))
    })
}

/// Undoes percent encoding; wrong escapes stay as they are.
pub(crate) fn decode(text: &str, plus_is_space: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while let Some(&byte) = bytes.get(index) {
        let escape = bytes.get(index + 1..index + 3).filter(|_| byte == b'%');
        let decoded = escape
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match decoded {
            Some(decoded) => {
                out.push(decoded);
                index += 3;
            }
            None => {
                out.push(if byte == b'+' && plus_is_space { b' ' } else { byte });
                index += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_kubectl_sends() {
        let query = Query::parse(
            "labelSelector=region+in+%28us%2Cap%29&limit=500&watch=true&dryRun=All&x=%zz",
        )
        .unwrap();
        assert_eq!(query.label_selector, "region in (us,ap)");
        assert_eq!((query.limit, query.watch, query.dry_run), (500, true, true));
        assert!(Query::parse("fieldValidation=Loud").is_err());
        assert_eq!(decode("%zz%4", false), "%zz%4");
    }
}
