//! Reading Server-Sent Events from the pieces in which they arrive.

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Event {
    /// Its name; empty when it has none.
    pub(crate) name: String,
    /// Its data, lines joined.
    pub(crate) data: String,
}

/// The largest event that is read.
const LIMIT: usize = 16 << 20;

/// An event that is too large.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLarge;

/// Collects pieces and gives events.
#[derive(Default)]
pub(crate) struct Reader {
    bytes: Vec<u8>,
    event: Event,
}

impl Reader {
    /// Takes a piece and gives the events it completes.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<Vec<Event>, TooLarge> {
        self.bytes.extend_from_slice(piece);
        let mut events = Vec::new();
        while let Some(end) = self.bytes.iter().position(|byte| *byte == b'\n') {
            let rest = self.bytes.split_off(end + 1);
            let line = std::mem::replace(&mut self.bytes, rest);
            let line = String::from_utf8_lossy(&line);
            if let Some(event) = self.line(line.trim_end_matches(['\r', '\n'])) {
                events.push(event);
            }
        }
        if self.bytes.len() + self.event.data.len() > LIMIT {
            return Err(TooLarge);
        }
        Ok(events)
    }

    fn line(&mut self, line: &str) -> Option<Event> {
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return (!event.data.is_empty()).then_some(event);
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event.name),
            "data" if self.event.data.is_empty() => value.clone_into(&mut self.event.data),
            "data" => {
                self.event.data.push('\n');
                self.event.data.push_str(value);
            }
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_arrive_in_any_pieces() {
        let text =
            ": keepalive\n\ndata: {\"a\":1}\n\nevent: error\r\ndata: x\r\ndata: y\r\n\r\ndata: cut";
        for size in 1..text.len() {
            let mut reader = Reader::default();
            let mut events = Vec::new();
            for piece in text.as_bytes().chunks(size) {
                events.extend(reader.push(piece).unwrap());
            }
            let expected = [("", "{\"a\":1}"), ("error", "x\ny")]
                .map(|(name, data)| Event { name: name.to_owned(), data: data.to_owned() });
            assert_eq!(events, expected, "pieces of {size}");
        }
    }

    #[test]
    fn endless_lines_are_refused() {
        let mut reader = Reader::default();
        let piece = vec![b'x'; 1 << 20];
        assert!((0..20).any(|_| reader.push(&piece) == Err(TooLarge)));
    }
}
