//! A server that speaks TLS, with certificates of every kind. The authority and the key exist for these tests only.
#![allow(dead_code, reason = "each driver uses its part")]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

/// What the server shows.
#[derive(Clone, Copy, Debug)]
pub enum Shows {
    /// Signed by the authority, for 127.0.0.1, until 2120.
    Good,
    /// The same, until 2021.
    Expired,
    /// Signed by the authority, for another host.
    OtherHost,
    /// Signed by nobody but itself.
    SelfSigned,
}

pub struct TlsServer {
    pub url: String,
    /// Requests that were read: none before a client accepts the certificate.
    pub requests: Arc<AtomicUsize>,
}

impl TlsServer {
    /// Answers every request with 200 and a line.
    pub fn start(shows: Shows) -> TlsServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}/", listener.local_addr().unwrap());
        let config = Arc::new(config(shows));
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = requests.clone();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut connection = ServerConnection::new(config.clone()).unwrap();
                let mut tls = Stream::new(&mut connection, &mut stream);
                let mut head = Vec::new();
                let mut piece = [0; 1024];
                while !head.windows(4).any(|window| window == b"\r\n\r\n") {
                    match tls.read(&mut piece) {
                        Ok(length) if length > 0 => head.extend_from_slice(&piece[..length]),
                        _ => break,
                    }
                }
                if head.ends_with(b"\r\n\r\n") {
                    counted.fetch_add(1, Ordering::SeqCst);
                    let _ = tls
                        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nup\n");
                    tls.conn.send_close_notify();
                    let _ = tls.flush();
                }
            }
        });
        TlsServer { url, requests }
    }
}

/// The authority, in PEM.
pub fn authority() -> String {
    let text = AUTHORITY.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap());
    let text = text.collect::<Vec<_>>().join("\n");
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

fn config(shows: Shows) -> ServerConfig {
    let text = match shows {
        Shows::Good => GOOD,
        Shows::Expired => EXPIRED,
        Shows::OtherHost => OTHER_HOST,
        Shows::SelfSigned => SELF_SIGNED,
    };
    let certificate = CertificateDer::from(data_encoding::BASE64.decode(text.as_bytes()).unwrap());
    let key = data_encoding::HEXLOWER.decode(KEY.as_bytes()).unwrap();
    let key = PrivateKeyDer::Pkcs8(key.into());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    builder.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap()
}

/// The key of all of these servers, which opens nothing else: PKCS #8.
const KEY: &str = concat!(
    "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b02010104205547d56201eacb903e48b21511c5",
    "cc8ad7a54d28fe8ada9bcbbabd1927ae9ce5a14403420004dff0e78077c33546b08d2781fe783184bf269ba44fb3b0fac7bc",
    "6584ab1746c7dd38002d58990191028bf6677f6cde44cc544dac8da8243cdfce54fa0229cc51",
);

/// `CN=ci-guard test authority`, until 2120.
const AUTHORITY: &str = concat!(
    "MIIBijCCATCgAwIBAgIUA3SxYBhBiEWn6ie02gsPS3Isig8wCgYIKoZIzj0EAwIwIjEgMB4GA1UEAwwXY2ktZ3VhcmQgdGVzdCBh",
    "dXRob3JpdHkwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMCIxIDAeBgNVBAMMF2NpLWd1YXJkIHRlc3QgYXV0aG9y",
    "aXR5MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEITXPSfgTjlPPEy51pKnPMKKhioGh2ilotdNYTfRgfQ/aMs2YfS0pgxBtn4kC",
    "N2XYHRtrg0GLaOyjQmNGrtCo6aNCMEAwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAgQwHQYDVR0OBBYEFDCKgYEkefSn",
    "TRcsdXwMCEGVM7a+MAoGCCqGSM49BAMCA0gAMEUCIEu9ygeXwKM9D/fo1enL0BTVQIWacbmJS37og99pn/1VAiEAslvALH0UR8uy",
    "vMWeGAFN5gG2L0ZZsofrU/wP7yOIVn0=",
);

/// `127.0.0.1` and `localhost`, until 2120.
const GOOD: &str = concat!(
    "MIIBxjCCAW2gAwIBAgIUELabgw12ihoL1vDLzO7YJNv8SZ0wCgYIKoZIzj0EAwIwIjEgMB4GA1UEAwwXY2ktZ3VhcmQgdGVzdCBh",
    "dXRob3JpdHkwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMB8xHTAbBgNVBAMMFGNpLWd1YXJkIHRlc3Qgc2VydmVy",
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE3/DngHfDNUawjSeB/ngxhL8mm6RPs7D6x7xlhKsXRsfdOAAtWJkBkQKL9md/bN5E",
    "zFRNrI2oJDzfzlT6AinMUaOBgTB/MAwGA1UdEwEB/wQCMAAwEwYDVR0lBAwwCgYIKwYBBQUHAwEwGgYDVR0RBBMwEYcEfwAAAYIJ",
    "bG9jYWxob3N0MB0GA1UdDgQWBBTKcIv1niuyZXAvcNGUySJfhBKNQzAfBgNVHSMEGDAWgBQwioGBJHn0p00XLHV8DAhBlTO2vjAK",
    "BggqhkjOPQQDAgNHADBEAiBRNjYYxMOCnGZZdhwSQOil+6alkRCOEfIVccW6WAdPGwIgXuFGDYWw+yHTk3MFghTbDhJHaaWgaQTs",
    "w+OfLlrM5Yw=",
);

/// `127.0.0.1` and `localhost`, until 2021.
const EXPIRED: &str = concat!(
    "MIIBxDCCAWugAwIBAgIUTMwh3eUIgyJES2i5Z+aQPB98LaUwCgYIKoZIzj0EAwIwIjEgMB4GA1UEAwwXY2ktZ3VhcmQgdGVzdCBh",
    "dXRob3JpdHkwHhcNMjAwMTAxMDAwMDAwWhcNMjEwMTAxMDAwMDAwWjAfMR0wGwYDVQQDDBRjaS1ndWFyZCB0ZXN0IHNlcnZlcjBZ",
    "MBMGByqGSM49AgEGCCqGSM49AwEHA0IABN/w54B3wzVGsI0ngf54MYS/JpukT7Ow+se8ZYSrF0bH3TgALViZAZECi/Znf2zeRMxU",
    "TayNqCQ8385U+gIpzFGjgYEwfzAMBgNVHRMBAf8EAjAAMBMGA1UdJQQMMAoGCCsGAQUFBwMBMBoGA1UdEQQTMBGHBH8AAAGCCWxv",
    "Y2FsaG9zdDAdBgNVHQ4EFgQUynCL9Z4rsmVwL3DRlMkiX4QSjUMwHwYDVR0jBBgwFoAUMIqBgSR59KdNFyx1fAwIQZUztr4wCgYI",
    "KoZIzj0EAwIDRwAwRAIgP9XtQZLQx0UX7qluJgF3/jYL81iqs8d9+u/Bpm4e0coCIDPwJf+oUdb0Te8/JP25IQMpIWl7YsmemaWj",
    "cTkIC6BG",
);

/// `other.example`, until 2120.
const OTHER_HOST: &str = concat!(
    "MIIBxTCCAWqgAwIBAgIUNIMoR37vq/PACR5bB1Rzvr2lOygwCgYIKoZIzj0EAwIwIjEgMB4GA1UEAwwXY2ktZ3VhcmQgdGVzdCBh",
    "dXRob3JpdHkwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMB8xHTAbBgNVBAMMFGNpLWd1YXJkIHRlc3Qgc2VydmVy",
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE3/DngHfDNUawjSeB/ngxhL8mm6RPs7D6x7xlhKsXRsfdOAAtWJkBkQKL9md/bN5E",
    "zFRNrI2oJDzfzlT6AinMUaN/MH0wDAYDVR0TAQH/BAIwADATBgNVHSUEDDAKBggrBgEFBQcDATAYBgNVHREEETAPgg1vdGhlci5l",
    "eGFtcGxlMB0GA1UdDgQWBBTKcIv1niuyZXAvcNGUySJfhBKNQzAfBgNVHSMEGDAWgBQwioGBJHn0p00XLHV8DAhBlTO2vjAKBggq",
    "hkjOPQQDAgNJADBGAiEA6P4T+dHICi3tlHA0eUlXWlWksXQkrG3vJYOKa0z6jMgCIQDIF0ZO7mlNWbFnWq2TI8Bsckw5WmsDbyDl",
    "YSCT+C0MBQ==",
);

/// `127.0.0.1` and `localhost`, signed by its own key, until 2120.
const SELF_SIGNED: &str = concat!(
    "MIIBozCCAUigAwIBAgIUbQXqndnv9LUUsX7ISkWyqjlbRGcwCgYIKoZIzj0EAwIwHzEdMBsGA1UEAwwUY2ktZ3VhcmQgdGVzdCBz",
    "ZXJ2ZXIwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMB8xHTAbBgNVBAMMFGNpLWd1YXJkIHRlc3Qgc2VydmVyMFkw",
    "EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE3/DngHfDNUawjSeB/ngxhL8mm6RPs7D6x7xlhKsXRsfdOAAtWJkBkQKL9md/bN5EzFRN",
    "rI2oJDzfzlT6AinMUaNgMF4wDAYDVR0TAQH/BAIwADATBgNVHSUEDDAKBggrBgEFBQcDATAaBgNVHREEEzARhwR/AAABgglsb2Nh",
    "bGhvc3QwHQYDVR0OBBYEFMpwi/WeK7JlcC9w0ZTJIl+EEo1DMAoGCCqGSM49BAMCA0kAMEYCIQDFSRDNsuMsRSveKb25A0zMMxjG",
    "DS3eSjKscaVcXl/Y3QIhAJ2Gj2xvp5/5PN+BdOZD+BDi9A16Bsji/FlJDtHfn89a",
);
