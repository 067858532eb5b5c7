//! Compressed streams: xz, which binary caches mostly use. Decompressing it is most of the work of a download, and here it
//! needs no lock of the interpreter, nor a call for each small piece.

use std::io::{BufReader, Read};
use std::sync::{Mutex, PoisonError};

use liblzma::bufread::XzDecoder;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::stream::CallableReader;

/// Bytes asked of the compressed stream at a time.
const BUFFER_LEN: usize = 64 * 1024;
/// The most that one call gives, however much is asked for.
const PIECE_LEN: usize = 4 * 1024 * 1024;

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<XzReader>()
}

#[pyclass(frozen, module = "neve._core")]
struct XzReader {
    decoder: Mutex<XzDecoder<BufReader<CallableReader>>>,
}

#[pymethods]
impl XzReader {
    #[new]
    #[pyo3(signature = (read, /))]
    fn new(read: Py<PyAny>) -> Self {
        let source = BufReader::with_capacity(BUFFER_LEN, CallableReader(read));
        Self {
            decoder: Mutex::new(XzDecoder::new_multi_decoder(source)),
        }
    }

    #[pyo3(signature = (size, /))]
    fn read<'py>(&self, py: Python<'py>, size: usize) -> PyResult<Bound<'py, PyBytes>> {
        let plain = py.detach(|| {
            let mut decoder = self.decoder.lock().unwrap_or_else(PoisonError::into_inner);
            let mut plain = vec![0; size.min(PIECE_LEN)];
            let mut filled = 0;
            while filled < plain.len() {
                let count = decoder.read(&mut plain[filled..])?;
                if count == 0 {
                    break;
                }
                filled += count;
            }
            plain.truncate(filled);
            std::io::Result::Ok(plain)
        })?;
        Ok(PyBytes::new(py, &plain))
    }
}
