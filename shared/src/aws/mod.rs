//! AWS behind the ports: the only users of the SDKs. [`Cloud`] implements every port of the SDKs
//! that are built in.
//!
//! One file per service or purpose, one feature per SDK; `*_convert.rs` turns answers into facts
//! and can be tested without a call. Paging, batching, timeouts and the one retry live here.
//! Nothing here decides anything: what an answer means is decided in [`crate::decide`], what to do
//! about a failed call in [`crate::reconcile`].

mod clock;
mod cloud;
mod config;
mod connections;
mod denials;
mod environment;
mod error;
pub mod lambda;

#[cfg(feature = "aws-autoscaling")]
mod autoscaling;
#[cfg(feature = "aws-autoscaling")]
mod autoscaling_convert;
#[cfg(feature = "aws-cloudwatch")]
mod cloudwatch;
#[cfg(feature = "aws-dynamodb")]
mod dynamodb;
#[cfg(feature = "aws-dynamodb")]
mod dynamodb_items;
#[cfg(feature = "aws-dynamodb")]
mod dynamodb_transactions;
#[cfg(feature = "aws-ec2")]
mod ec2;
#[cfg(feature = "aws-ec2")]
mod ec2_convert;
#[cfg(feature = "aws-elasticloadbalancing")]
mod elasticloadbalancing;
#[cfg(feature = "aws-eventbridge")]
mod eventbridge;
#[cfg(any(
    feature = "aws-autoscaling",
    feature = "aws-cloudwatch",
    feature = "aws-dynamodb",
    feature = "aws-ec2"
))]
mod paging;
#[cfg(all(feature = "aws-elasticloadbalancing", feature = "aws-elasticloadbalancing-classic"))]
mod registrations;
#[cfg(feature = "aws-autoscaling")]
mod replace;
#[cfg(feature = "aws-sns")]
mod sns;
#[cfg(feature = "aws-sqs")]
mod sqs;
#[cfg(feature = "aws-ssm")]
mod ssm;

// What takes an instance out and brings it back is done by several services together.
#[cfg(all(feature = "aws-autoscaling", feature = "aws-ec2", feature = "aws-elasticloadbalancing"))]
mod bring_back;
#[cfg(all(feature = "aws-autoscaling", feature = "aws-ec2", feature = "aws-elasticloadbalancing"))]
mod reservation;
#[cfg(all(feature = "aws-autoscaling", feature = "aws-ec2", feature = "aws-elasticloadbalancing"))]
mod take_out;

pub use cloud::Cloud;
pub use environment::{Environment, EnvironmentError};
