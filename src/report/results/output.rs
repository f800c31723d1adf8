//! One file of a run as it is written: piece by piece, hashed on the way, never whole in memory.

use std::io::{self, Write};

/// A sink that hashes what it hands on, and keeps the first failure: who writes through a buffer
/// of its own may lose it.
pub struct Output<W: Write> {
    out: W,
    hasher: blake3::Hasher,
    failed: Option<io::Error>,
}

impl<W: Write> Output<W> {
    /// Nothing written yet.
    pub fn new(out: W) -> Self {
        Output {
            out,
            hasher: blake3::Hasher::new(),
            failed: None,
        }
    }

    /// The hash of all that was written.
    ///
    /// # Errors
    /// With the first failure, if there was one.
    pub fn finish(mut self) -> io::Result<blake3::Hash> {
        let _ = self.flush();
        match self.failed {
            Some(error) => Err(error),
            None => Ok(self.hasher.finalize()),
        }
    }

    /// Keeps the first failure; what is returned says the same.
    fn keep<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let kind = error.kind();
            self.failed.get_or_insert(error);
            kind.into()
        })
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = match self.out.write(bytes) {
            // To be tried again, and no failure.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            written => self.keep(written)?,
        };
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.out.flush();
        self.keep(flushed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk with room for so many bytes.
    struct Disk {
        room: usize,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let written = bytes.len().min(self.room);
            self.room -= written;
            match written {
                0 => Err(io::ErrorKind::StorageFull.into()),
                written => Ok(written),
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_is_written_in_pieces_has_the_hash_of_the_whole() {
        let mut output = Output::new(Vec::new());
        for piece in ["a,b\n", "1,", "2\n"] {
            output.write_all(piece.as_bytes()).unwrap();
        }
        assert_eq!(output.finish().unwrap(), blake3::hash(b"a,b\n1,2\n"));
    }

    #[test]
    fn a_full_disk_is_not_lost_in_a_buffer_that_is_dropped() {
        let mut output = Output::new(Disk { room: 10 });
        {
            // As `csv::Writer` does it: what is left is written when it goes away.
            let mut buffered = io::BufWriter::with_capacity(8, &mut output);
            buffered.write_all(b"0123456").unwrap();
            buffered.write_all(b"789ab").unwrap();
        }
        let error = output.finish().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
