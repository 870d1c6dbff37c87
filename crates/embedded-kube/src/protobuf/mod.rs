//! Bodies in `application/vnd.kubernetes.protobuf`, which kubectl's typed commands send.

use base64::Engine as _;
use serde_json::{Map, Value};

mod messages;

use messages::{Field, Message};

/// What protobuf bodies start with.
const MAGIC: &[u8] = b"k8s\0";
/// Deepest nesting of messages.
const MAX_DEPTH: usize = 32;

/// Why a body could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error("the body is not Kubernetes protobuf: it does not start with k8s\\0")]
    NoMagic,
    #[error("the protobuf body is damaged or cut off")]
    Damaged,
    #[error("the protobuf body is nested too deep")]
    TooDeep,
    #[error("kind {kind:?} of {api_version:?} cannot be read from protobuf; send JSON")]
    UnknownKind { api_version: String, kind: String },
}

/// Reads a body into the JSON form of the object.
pub fn decode(body: &[u8]) -> Result<Value, DecodeError> {
    let mut reader = Reader { rest: body.strip_prefix(MAGIC).ok_or(DecodeError::NoMagic)? };
    let (mut api_version, mut kind, mut raw) = (String::new(), String::new(), &[][..]);
    while let Some((number, wire)) = reader.field()? {
        match (number, wire) {
            (1, Wire::Bytes(bytes)) => {
                let mut reader = Reader { rest: bytes };
                while let Some((number, wire)) = reader.field()? {
                    match (number, wire) {
                        (1, Wire::Bytes(bytes)) => api_version = text(bytes)?,
                        (2, Wire::Bytes(bytes)) => kind = text(bytes)?,
                        _ => {}
                    }
                }
            }
            (2, Wire::Bytes(bytes)) => raw = bytes,
            _ => {}
        }
    }
    let Some(message) = messages::find(&api_version, &kind) else {
        return Err(DecodeError::UnknownKind { api_version, kind });
    };
    let mut object = Map::new();
    object.insert("apiVersion".to_string(), api_version.into());
    object.insert("kind".to_string(), kind.into());
    object.extend(read(raw, message, 0)?);
    Ok(Value::Object(object))
}

enum Wire<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn varint(&mut self) -> Result<u64, DecodeError> {
        let mut value = 0u64;
        for place in 0..10 {
            let (byte, rest) = self.rest.split_first().ok_or(DecodeError::Damaged)?;
            self.rest = rest;
            value |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(DecodeError::Damaged)
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], DecodeError> {
        let length = usize::try_from(length).map_err(|_| DecodeError::Damaged)?;
        let (head, rest) = self.rest.split_at_checked(length).ok_or(DecodeError::Damaged)?;
        self.rest = rest;
        Ok(head)
    }

    fn field(&mut self) -> Result<Option<(u64, Wire<'a>)>, DecodeError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let tag = self.varint()?;
        let wire = match tag & 7 {
            0 => Wire::Number(self.varint()?),
            1 => Wire::Bytes(self.take(8)?),
            2 => {
                let length = self.varint()?;
                Wire::Bytes(self.take(length)?)
            }
            5 => Wire::Bytes(self.take(4)?),
            _ => return Err(DecodeError::Damaged),
        };
        Ok(Some((tag >> 3, wire)))
    }
}

fn text(bytes: &[u8]) -> Result<String, DecodeError> {
    std::str::from_utf8(bytes).map(str::to_string).map_err(|_| DecodeError::Damaged)
}

fn base64(bytes: &[u8]) -> Value {
    base64::engine::general_purpose::STANDARD.encode(bytes).into()
}

#[expect(
    clippy::cast_possible_wrap,
    reason = "protobuf sends signed numbers as their two's complement"
)]
fn signed(number: u64) -> i64 {
    number as i64
}

fn read(bytes: &[u8], message: Message, depth: usize) -> Result<Map<String, Value>, DecodeError> {
    if depth > MAX_DEPTH {
        return Err(DecodeError::TooDeep);
    }
    let mut object = Map::new();
    let mut reader = Reader { rest: bytes };
    while let Some((number, wire)) = reader.field()? {
        let Some((_, name, field)) = message.iter().find(|(known, ..)| *known == number) else {
            continue;
        };
        match wire {
            Wire::Number(number) => number_field(*field, name, number, &mut object),
            Wire::Bytes(bytes) => bytes_field(*field, name, bytes, depth, &mut object)?,
        }
    }
    Ok(object)
}

fn number_field(field: Field, name: &str, number: u64, object: &mut Map<String, Value>) {
    match field {
        // Go leaves zero numbers and false out of JSON, except where a pointer says they were set.
        Field::OptionalBool => {
            object.insert(name.to_string(), (number != 0).into());
        }
        Field::Number if number == 0 => {}
        Field::Number | Field::OptionalNumber => {
            object.insert(name.to_string(), signed(number).into());
        }
        _ => {}
    }
}

fn bytes_field(
    field: Field,
    name: &str,
    bytes: &[u8],
    depth: usize,
    object: &mut Map<String, Value>,
) -> Result<(), DecodeError> {
    match field {
        Field::Text => {
            let text = text(bytes)?;
            if !text.is_empty() {
                object.insert(name.to_string(), text.into());
            }
        }
        Field::Texts => push(object, name, text(bytes)?.into()),
        Field::Inner(message) => {
            let inner = read(bytes, message, depth + 1)?;
            object.insert(name.to_string(), Value::Object(inner));
        }
        Field::Inners(message) => {
            let inner = read(bytes, message, depth + 1)?;
            push(object, name, Value::Object(inner));
        }
        Field::TextMap | Field::BytesMap | Field::ListMap => {
            let (key, value) = entry(bytes, field)?;
            let map = object.entry(name).or_insert_with(|| Value::Object(Map::new()));
            if let Some(map) = map.as_object_mut() {
                map.insert(key, value);
            }
        }
        Field::Time | Field::MicroTime => {
            if let Some(time) = time(bytes, matches!(field, Field::MicroTime))? {
                object.insert(name.to_string(), time.into());
            }
        }
        Field::Json => {
            if let Some(value) = raw_json(bytes)? {
                object.insert(name.to_string(), value);
            }
        }
        Field::OptionalBool | Field::Number | Field::OptionalNumber => {
            return Err(DecodeError::Damaged);
        }
    }
    Ok(())
}

fn push(object: &mut Map<String, Value>, name: &str, value: Value) {
    if let Value::Array(items) = object.entry(name).or_insert_with(|| Value::Array(Vec::new())) {
        items.push(value);
    }
}

fn entry(bytes: &[u8], field: Field) -> Result<(String, Value), DecodeError> {
    let empty = match field {
        Field::ListMap => Value::Array(Vec::new()),
        _ => Value::from(""),
    };
    let (mut key, mut value) = (String::new(), empty);
    let mut reader = Reader { rest: bytes };
    while let Some((number, wire)) = reader.field()? {
        match (number, wire) {
            (1, Wire::Bytes(bytes)) => key = text(bytes)?,
            (2, Wire::Bytes(bytes)) => {
                value = match field {
                    Field::BytesMap => base64(bytes),
                    Field::ListMap => Value::Object(read(bytes, messages::EXTRA_VALUE, 0)?)
                        .get("items")
                        .cloned()
                        .unwrap_or(empty_list()),
                    _ => text(bytes)?.into(),
                }
            }
            _ => {}
        }
    }
    Ok((key, value))
}

fn empty_list() -> Value {
    Value::Array(Vec::new())
}

/// Seconds and nanoseconds to RFC 3339; the zero time is absent.
fn time(bytes: &[u8], micro: bool) -> Result<Option<String>, DecodeError> {
    let (mut seconds, mut nanos) = (0, 0);
    let mut reader = Reader { rest: bytes };
    while let Some((number, wire)) = reader.field()? {
        match (number, wire) {
            (1, Wire::Number(number)) => seconds = signed(number),
            (2, Wire::Number(number)) => {
                nanos = i32::try_from(signed(number)).map_err(|_| DecodeError::Damaged)?;
            }
            _ => {}
        }
    }
    if seconds == 0 && nanos == 0 {
        return Ok(None);
    }
    let time = jiff::Timestamp::new(seconds, nanos).map_err(|_| DecodeError::Damaged)?;
    Ok(Some(if micro { format!("{time:.6}") } else { format!("{time:.0}") }))
}

/// `runtime.RawExtension` and `FieldsV1`: JSON bytes in field 1.
fn raw_json(bytes: &[u8]) -> Result<Option<Value>, DecodeError> {
    let mut reader = Reader { rest: bytes };
    while let Some((number, wire)) = reader.field()? {
        if let (1, Wire::Bytes(bytes)) = (number, wire) {
            return serde_json::from_slice(bytes).map(Some).map_err(|_| DecodeError::Damaged);
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        let mut out = vec![number << 3 | 2, u8::try_from(bytes.len()).unwrap()];
        out.extend(bytes);
        out
    }

    fn body(api_version: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
        let kind = [field(1, api_version.as_bytes()), field(2, kind.as_bytes())].concat();
        [MAGIC.to_vec(), field(1, &kind), field(2, raw), field(3, b""), field(4, b"")].concat()
    }

    #[test]
    fn reads_what_kubectl_sends() {
        let metadata =
            field(1, &[field(1, b"s1"), field(3, b"ns"), field(8, b""), field(2, b"")].concat());
        let entry = field(2, &[field(1, b"key"), field(2, b"value")].concat());
        let secret = [metadata.clone(), entry, field(3, b"Opaque")].concat();
        assert_eq!(
            decode(&body("v1", "Secret", &secret)).unwrap(),
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s1", "namespace": "ns"}, "data": {"key": "dmFsdWU="}, "type": "Opaque"})
        );
        let rule = [field(1, b"get"), field(1, b"list"), field(2, b""), field(3, b"pods")].concat();
        let role = [metadata, field(2, &rule)].concat();
        assert_eq!(
            decode(&body("rbac.authorization.k8s.io/v1", "Role", &role)).unwrap()["rules"],
            json!([{"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"]}])
        );
        let options = [vec![1 << 3, 0], field(4, b"Background")].concat();
        assert_eq!(
            decode(&body("v1", "DeleteOptions", &options)).unwrap(),
            json!({"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0, "propagationPolicy": "Background"})
        );
        let time = [vec![1 << 3, 0x80, 0xf2, 0xd6, 0xca, 0x06], vec![2 << 3, 0xe8, 0x07]].concat();
        let lease = field(2, &field(3, &time));
        assert_eq!(
            decode(&body("coordination.k8s.io/v1", "Lease", &lease)).unwrap()["spec"]["acquireTime"],
            "2026-01-01T00:00:00.000001Z"
        );
    }

    #[test]
    fn refuses_what_it_cannot_read() {
        assert_eq!(decode(b"{}"), Err(DecodeError::NoMagic));
        assert_eq!(
            decode(b"k8s\0\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
            Err(DecodeError::Damaged)
        );
        assert!(matches!(decode(&body("v1", "Pod", b"")), Err(DecodeError::UnknownKind { .. })));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..64), kind in prop::sample::select(vec!["Secret", "Event", "DeleteOptions"])) {
            let _ = decode(&[MAGIC, &bytes].concat());
            let _ = decode(&body("v1", kind, &bytes[..bytes.len().min(60)]));
        }
    }
}
