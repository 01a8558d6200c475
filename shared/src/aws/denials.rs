//! Calls that AWS denied, counted at the edge: what the core makes of one may be a hold, a retry or
//! nothing, and a role that lacks a permission must be seen in each case.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context as interceptors;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use crate::aws::error::denies;

/// Counts the denials of every client that has it as an interceptor. Clones share one number.
#[derive(Debug, Clone, Default)]
pub(super) struct Denials(Arc<AtomicUsize>);

impl Denials {
    /// Denials since this was asked last.
    pub(super) fn take(&self) -> usize {
        self.0.swap(0, Ordering::Relaxed)
    }
}

impl Intercept for Denials {
    fn name(&self) -> &'static str {
        "Denials"
    }

    fn read_after_deserialization(
        &self,
        context: &interceptors::AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let answer = context.response();
        let refusal = answer.body().bytes().filter(|_| !answer.status().is_success());
        let words = String::from_utf8_lossy(refusal.unwrap_or_default());
        if denies(answer.status().as_u16(), &words) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}
