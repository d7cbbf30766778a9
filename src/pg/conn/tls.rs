//! TLS by libpq's `sslmode`: which certificates are believed.

use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use super::encrypted::Connector;
use super::options::{ConnectOptions, SslMode};
use crate::pg::Error;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

/// A TLS connector for these options.
///
/// # Errors
/// [`Error::Config`]: a certificate file is missing or cannot be read.
pub(super) fn connector(options: &ConnectOptions) -> Result<Connector, Error> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier::new(options, provider.clone())?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| Error::Config(format!("TLS cannot be used: {e}")))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match &options.ssl_identity {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => builder
            .with_client_auth_cert(certificates(certificate)?, private_key(key)?)
            .map_err(|e| {
                Error::Config(format!("client certificate {}: {e}", certificate.display()))
            })?,
    };
    if options.ssl_direct {
        config.alpn_protocols = vec![b"postgresql".to_vec()];
    }
    Ok(Connector::new(config))
}

/// What is asked of the server's certificate.
#[derive(Debug)]
enum Trust {
    /// Nothing: the connection is encrypted, the server is whoever answers.
    Anyone,
    /// It comes from a trusted authority or is itself among the trusted certificates.
    Authority {
        webpki: Arc<WebPkiServerVerifier>,
        roots: Vec<CertificateDer<'static>>,
        /// It names the host, too.
        name: bool,
    },
}

#[derive(Debug)]
struct Verifier {
    trust: Trust,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    fn new(options: &ConnectOptions, provider: Arc<CryptoProvider>) -> Result<Self, Error> {
        let verify = matches!(options.ssl_mode, SslMode::VerifyCa | SslMode::VerifyFull);
        let file = options.ssl_root_cert.as_deref();
        // libpq: with a root certificate file, `require` means `verify-ca`.
        let implied = options.ssl_mode == SslMode::Require && file.is_some_and(Path::is_file);
        if !verify && !implied {
            return Ok(Self {
                trust: Trust::Anyone,
                provider,
            });
        }
        let (roots, store) = match file {
            Some(path) if path == Path::new("system") => system_roots()?,
            Some(path) => file_roots(path)?,
            None => {
                return Err(Error::Config(
                    "sslmode verify-ca and verify-full need a root certificate: give sslrootcert=FILE, or \
                     sslrootcert=system for the public authorities"
                        .to_owned(),
                ));
            }
        };
        let webpki = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider.clone())
            .build()
            .map_err(|e| Error::Config(format!("the root certificates cannot be used: {e}")))?;
        Ok(Self {
            trust: Trust::Authority {
                webpki,
                roots,
                name: options.ssl_mode == SslMode::VerifyFull,
            },
            provider,
        })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Trust::Authority {
            webpki,
            roots,
            name,
        } = &self.trust
        else {
            return Ok(ServerCertVerified::assertion());
        };
        // A self-signed certificate that the user trusts by name: an authority's certificate is no server's for webpki,
        // but OpenSSL, and so libpq, accepts it.
        if roots.iter().any(|root| root == end_entity) {
            if *name {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
            }
            return Ok(ServerCertVerified::assertion());
        }
        let verified =
            webpki.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match verified {
            // The chain is checked before the name.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !name => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

type Roots = (Vec<CertificateDer<'static>>, RootCertStore);

fn file_roots(path: &Path) -> Result<Roots, Error> {
    let roots = certificates(path)?;
    let mut store = RootCertStore::empty();
    for root in &roots {
        store
            .add(root.clone())
            .map_err(|e| Error::Config(format!("root certificate {}: {e}", path.display())))?;
    }
    Ok((roots, store))
}

/// Where systems keep the authorities that they trust.
const SYSTEM_ROOTS: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The system's authorities; those built in where the system has none.
fn system_roots() -> Result<Roots, Error> {
    let mut store = RootCertStore::empty();
    let set = std::env::var_os("SSL_CERT_FILE").map(std::path::PathBuf::from);
    let found = set
        .into_iter()
        .chain(SYSTEM_ROOTS.map(std::path::PathBuf::from))
        .find(|p| p.is_file());
    match found {
        Some(path) => {
            // Old authorities' certificates that webpki does not take are no reason to fail.
            store.add_parsable_certificates(certificates(&path)?);
        }
        None => store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    Ok((Vec::new(), store))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let fault =
        |cause: String| Error::Config(format!("certificate file {}: {cause}", path.display()));
    let file = std::fs::File::open(path).map_err(|e| fault(e.to_string()))?;
    let certificates = rustls_pemfile::certs(&mut BufReader::new(file))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| fault(e.to_string()))?;
    if certificates.is_empty() {
        return Err(fault("it holds no certificate in PEM form".to_owned()));
    }
    Ok(certificates)
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, Error> {
    let fault = |cause: String| Error::Config(format!("key file {}: {cause}", path.display()));
    let file = std::fs::File::open(path).map_err(|e| fault(e.to_string()))?;
    rustls_pemfile::private_key(&mut BufReader::new(file))
        .map_err(|e| fault(e.to_string()))?
        .ok_or_else(|| {
            fault(
                "it holds no private key in PEM form (an encrypted one cannot be read)".to_owned(),
            )
        })
}
