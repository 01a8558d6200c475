//! One HTTP client for all clients of a function.

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// The connections of every client. Left to itself the SDK reads the certificate store twice for
/// each of them: once to prove, when the client is made, that it can be read, and once for the
/// first call. Here the first call of all reads it for all: clients with the same timeouts share
/// one connector.
#[derive(Debug)]
pub(super) struct Connections(SharedHttpClient);

impl Connections {
    /// Reads nothing yet.
    pub(super) fn new() -> Self {
        Self(Builder::new().build_with_connector_fn(|settings, components| {
            let mut connector =
                Connector::builder().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
            connector.set_connector_settings(settings.cloned());
            connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
            connector.set_proxy_config(Some(ProxyConfig::from_env()));
            connector.build()
        }))
    }
}

/// The SDK's client without its proof: `validate_base_client_config` stays the trait's own, which
/// does nothing.
impl HttpClient for Connections {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        self.0.http_connector(settings, components)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.0.connector_metadata()
    }
}
