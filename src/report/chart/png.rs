//! RGB pixels as the bytes of a PNG file. Charts are flat colour: a row's difference from the row
//! above is mostly zeros, and runs are all that is worth finding, so one fixed Huffman block does.
//! The `png` crate would be the better home as soon as the project depends on it for more; it comes
//! with plotters, which only writes to paths.

/// The longest match of deflate, in bytes.
const MATCH_MAX: usize = 258;

/// A PNG file of `width` by `height` pixels, three bytes each.
pub(super) fn encoded(pixels: &[u8], width: u32, height: u32) -> Vec<u8> {
    assert_eq!(
        pixels.len(),
        width as usize * height as usize * 3,
        "three bytes a pixel"
    );
    let mut header = Vec::new();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]); // 8 bits, RGB, deflate, adaptive filters, not interlaced
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut file, b"IHDR", &header);
    chunk(
        &mut file,
        b"IDAT",
        &zlib(&filtered(pixels, width as usize * 3)),
    );
    chunk(&mut file, b"IEND", &[]);
    file
}

fn chunk(file: &mut Vec<u8>, kind: &[u8; 4], body: &[u8]) {
    file.extend((body.len() as u32).to_be_bytes());
    let from = file.len();
    file.extend(kind);
    file.extend(body);
    let sum = crc32(&file[from..]);
    file.extend(sum.to_be_bytes());
}

/// Each row as its difference from the row above (filter 2, "up").
fn filtered(pixels: &[u8], row_bytes: usize) -> Vec<u8> {
    let mut above = vec![0; row_bytes];
    let mut out = Vec::with_capacity(pixels.len() + pixels.len() / row_bytes.max(1));
    for row in pixels.chunks_exact(row_bytes.max(1)) {
        out.push(2);
        out.extend(
            row.iter()
                .zip(&above)
                .map(|(byte, up)| byte.wrapping_sub(*up)),
        );
        above.copy_from_slice(row);
    }
    out
}

/// A zlib stream (RFC 1950) with one deflate block of fixed codes (RFC 1951, 3.2.6). Matches reach
/// back one byte (runs) or three (a pixel), no further.
fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut bits = Bits {
        out: vec![0x78, 0x01],
        held: 0,
        count: 0,
    };
    bits.put(0b011, 3); // the last block, fixed codes
    let mut at = 0;
    while at < bytes.len() {
        let run = repeated(bytes, at, 1);
        // A run that is as long as can be is found first, and most of a chart is one.
        let pixel = match run {
            MATCH_MAX => 0,
            _ => repeated(bytes, at, 3),
        };
        match run.max(pixel) {
            best @ 3.. => {
                bits.length(best);
                bits.reversed(if pixel <= run { 0 } else { 2 }, 5);
                at += best;
            }
            _ => {
                bits.symbol(u32::from(bytes[at]));
                at += 1;
            }
        }
    }
    bits.symbol(256);
    bits.put(0, 7);
    bits.out.extend(adler32(bytes).to_be_bytes());
    bits.out
}

/// How many bytes from `at` on are those that stand `back` before them, as far as a match goes.
fn repeated(bytes: &[u8], at: usize, back: usize) -> usize {
    if at < back {
        return 0;
    }
    let most = MATCH_MAX.min(bytes.len() - at);
    let (here, before) = (&bytes[at..at + most], &bytes[at - back..at - back + most]);
    let blocks = here
        .as_chunks::<16>()
        .0
        .iter()
        .zip(before.as_chunks::<16>().0);
    let alike = 16 * blocks.take_while(|(here, before)| here == before).count();
    let rest = here[alike..].iter().zip(&before[alike..]);
    alike + rest.take_while(|(here, before)| here == before).count()
}

struct Bits {
    out: Vec<u8>,
    held: u32,
    count: u32,
}

impl Bits {
    fn put(&mut self, value: u32, count: u32) {
        self.held |= value << self.count;
        self.count += count;
        while 8 <= self.count {
            self.out.push(self.held as u8);
            self.held >>= 8;
            self.count -= 8;
        }
    }

    /// Huffman codes go in from their highest bit.
    fn reversed(&mut self, code: u32, count: u32) {
        self.put(code.reverse_bits() >> (32 - count), count);
    }

    fn symbol(&mut self, symbol: u32) {
        match symbol {
            0..=143 => self.reversed(0x30 + symbol, 8),
            144..=255 => self.reversed(0x190 + symbol - 144, 9),
            256..=279 => self.reversed(symbol - 256, 7),
            _ => self.reversed(0xc0 + symbol - 280, 8),
        }
    }

    /// The code and extra bits of a match's length, 3 to 258.
    fn length(&mut self, length: usize) {
        const BASES: [usize; 29] = [
            3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99,
            115, 131, 163, 195, 227, 258,
        ];
        let index = BASES.iter().rposition(|base| *base <= length).unwrap_or(0);
        self.symbol(257 + index as u32);
        let extra = if index == 28 {
            0
        } else {
            (index as u32 / 4).saturating_sub(1)
        };
        self.put((length - BASES[index]) as u32, extra);
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        let shift = |sum: u32, _| (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg());
        (0..8).fold(sum ^ u32::from(*byte), shift)
    };
    !bytes.iter().fold(!0, step)
}

fn adler32(bytes: &[u8]) -> u32 {
    let (mut low, mut high) = (1, 0);
    for piece in bytes.chunks(5_000) {
        let (blocks, rest) = piece.as_chunks::<16>();
        for block in blocks {
            // Zeros, most of what there is, leave `low` as it is.
            if *block == [0; 16] {
                high += 16 * low;
                continue;
            }
            for byte in block {
                low += u32::from(*byte);
                high += low;
            }
        }
        for byte in rest {
            low += u32::from(*byte);
            high += low;
        }
        (low, high) = (low % 65_521, high % 65_521);
    }
    high << 16 | low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_match_their_published_values() {
        // The check value of CRC-32 (ISO-HDLC), and Adler-32's well-known example.
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn a_flat_picture_is_small() {
        let file = encoded(&vec![255; 600 * 400 * 3], 600, 400);
        assert!(
            file.starts_with(b"\x89PNG") && file.len() < 8_000,
            "{}",
            file.len()
        );
    }
}
