//! TLS: rustls with ring, and the authorities that this machine trusts.

use std::path::Path;
use std::sync::Arc;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

/// The machine's own store, and the file of `NODE_EXTRA_CA_CERTS`; Mozilla's list where there is no store, as in an
/// empty container.
pub fn config(extra: Option<&Path>) -> Result<TlsConfig, String> {
    let mut roots: Vec<Certificate<'static>> = rustls_native_certs::load_native_certs()
        .certs
        .iter()
        .map(|certificate| Certificate::from_der(certificate).to_owned())
        .collect();
    let known = !roots.is_empty();
    if let Some(path) = extra {
        let shown = path.display();
        let text = std::fs::read(path).map_err(|error| format!("NODE_EXTRA_CA_CERTS: {shown}: {error}"))?;
        let before = roots.len();
        roots.extend(parse_pem(&text).filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        }));
        if roots.len() == before {
            return Err(format!("NODE_EXTRA_CA_CERTS: {shown} holds no certificate in PEM"));
        }
    }
    let roots = match (known, extra) {
        (false, None) => RootCerts::WebPki,
        _ => RootCerts::Specific(Arc::new(roots)),
    };
    Ok(TlsConfig::builder().root_certs(roots).build())
}
