//! Reading objects from request bodies, and holding their names against the path.
use crate::call::{Call, Content};
use crate::status::Status;
use serde_json::{Map, Value};

/// Reads an object from a request body.
pub(crate) fn decode(call: &Call, body: &[u8]) -> Result<Value, Status> {
    let resource = &call.resource;
    let mut object = parse(call.content, body)?;
    let Some(fields) = object.as_object_mut() else {
        return Err(Status::bad_request("the body must be one object"));
    };
    let expected = resource.api_version();
    for (field, right) in [("kind", resource.kind.as_str()), ("apiVersion", expected.as_str())] {
        match fields.get(field).and_then(Value::as_str) {
            None | Some("") => {
                fields.insert(field.into(), right.into());
            }
            Some(found) if found == right => {}
            Some(found) => {
                return Err(Status::bad_request(format!(
                    "the {field} in the data ({found}) does not match the expected {field} ({right})"
                )));
            }
        }
    }
    match fields.get("metadata") {
        None | Some(Value::Null) => {
            fields.insert("metadata".into(), Map::new().into());
        }
        Some(Value::Object(_)) => {}
        Some(_) => return Err(Status::bad_request("metadata must be an object")),
    }
    Ok(object)
}

/// Reads JSON, YAML or the protobuf of a known kind.
pub(crate) fn parse(content: Content, body: &[u8]) -> Result<Value, Status> {
    let wrong = |error: String| Status::bad_request(format!("the body cannot be read: {error}"));
    match content {
        Content::Json => serde_json::from_slice(body).map_err(|error| wrong(error.to_string())),
        Content::Yaml | Content::Apply => crate::yaml::parse(body).map_err(wrong),
        Content::Protobuf => crate::protobuf::decode(body).map_err(|error| match error {
            crate::protobuf::DecodeError::NoMagic => Status::bad_request(error.to_string()),
            _ => {
                Status::new(415, "UnsupportedMediaType", format!("{error}; send application/json"))
            }
        }),
        _ => Err(Status::new(
            415,
            "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf",
        )),
    }
}

pub(crate) fn check_namespace(call: &Call, object: &mut Value) -> Result<(), Status> {
    let found = object["metadata"]["namespace"].as_str().unwrap_or_default();
    match call.namespace.as_deref() {
        Some(namespace) if found.is_empty() => {
            object["metadata"]["namespace"] = namespace.into();
            Ok(())
        }
        Some(namespace) if found == namespace => Ok(()),
        None if found.is_empty() => Ok(()),
        None if call.resource.namespaced => {
            Err(Status::bad_request("an empty namespace may not be set during creation"))
        }
        _ => Err(Status::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        )),
    }
}

/// The object must carry the name of the path.
pub(crate) fn check_given_name(call: &Call, object: &Value) -> Result<(), Status> {
    let found = object["metadata"]["name"].as_str().unwrap_or_default();
    let name = call.name();
    if found.is_empty() {
        return Err(Status::bad_request(format!(
            "the name of the object ({name} based on URL) was undeterminable: name must be provided"
        )));
    }
    if found != name {
        return Err(Status::bad_request(format!(
            "the name of the object ({found}) does not match the name on the URL ({name})"
        )));
    }
    Ok(())
}

/// Gives the object a name from its `generateName`; tells whether it did.
pub(crate) fn name_object(object: &mut Value) -> bool {
    let metadata = &object["metadata"];
    let named = metadata["name"].as_str().is_some_and(|name| !name.is_empty());
    let Some(prefix) = metadata["generateName"].as_str().filter(|text| !text.is_empty() && !named)
    else {
        return false;
    };
    // No vowels and no look-alikes, so that no words come out.
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut name: String = prefix.chars().take(58).collect();
    for byte in uuid::Uuid::new_v4().as_bytes().iter().take(5) {
        name.push(char::from(LETTERS[usize::from(*byte) % LETTERS.len()]));
    }
    object["metadata"]["name"] = name.into();
    true
}
