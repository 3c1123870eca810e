//! The wire format of protocol buffers, written: fields of a message one after the other.

/// A message in the making.
#[derive(Default)]
pub struct Message {
    pub bytes: Vec<u8>,
}

impl Message {
    /// Seven bits in each byte, the lowest first; the top bit says that more follow.
    fn varint(&mut self, mut number: u64) {
        while 0x7f < number {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    pub fn integer(&mut self, field: u64, number: i64) {
        self.varint(field << 3);
        self.varint(number as u64);
    }

    pub fn float(&mut self, field: u64, number: f32) {
        self.varint(field << 3 | 5);
        self.bytes.extend(number.to_le_bytes());
    }

    pub fn text(&mut self, field: u64, text: &str) {
        self.begin(field, text.len());
        self.bytes.extend(text.as_bytes());
    }

    pub fn message(&mut self, field: u64, message: &Message) {
        self.begin(field, message.bytes.len());
        self.bytes.extend(&message.bytes);
    }

    /// Numbers in their own bytes, `len` in all.
    pub fn raw<const N: usize>(&mut self, field: u64, len: usize, numbers: impl Iterator<Item = [u8; N]>) {
        self.begin(field, len);
        numbers.for_each(|number| self.bytes.extend(number));
    }

    fn begin(&mut self, field: u64, len: usize) {
        self.varint(field << 3 | 2);
        self.varint(len as u64);
    }
}
