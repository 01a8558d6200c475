//! AWS as one value: what the environment names, AWS's clock, and a client per SDK that is built
//! in.

use std::cell::OnceCell;
#[cfg(feature = "aws-ec2")]
use std::{cell::RefCell, collections::BTreeMap};

use aws_config::SdkConfig;
use jiff::{SignedDuration, Timestamp};

use crate::aws::clock::AwsClock;
use crate::aws::config::{self, ThrottledInOtherWords};
use crate::aws::denials::Denials;
use crate::aws::environment::Environment;
use crate::ports::Clock;

/// Every port at once. Clients are made at their first use: making one reads the certificate store,
/// and most invocations need only some of them.
#[derive(Debug)]
pub struct Cloud {
    /// Where things are.
    pub(super) environment: Environment,
    clock: AwsClock,
    denials: Denials,
    sdk: SdkConfig,
    #[cfg(feature = "aws-autoscaling")]
    autoscaling: OnceCell<aws_sdk_autoscaling::Client>,
    #[cfg(feature = "aws-cloudwatch")]
    cloudwatch: OnceCell<aws_sdk_cloudwatch::Client>,
    #[cfg(feature = "aws-dynamodb")]
    dynamodb: OnceCell<aws_sdk_dynamodb::Client>,
    #[cfg(feature = "aws-ec2")]
    ec2: OnceCell<aws_sdk_ec2::Client>,
    #[cfg(feature = "aws-elasticloadbalancing")]
    elasticloadbalancing: OnceCell<aws_sdk_elasticloadbalancingv2::Client>,
    #[cfg(feature = "aws-elasticloadbalancing-classic")]
    elasticloadbalancing_classic: OnceCell<aws_sdk_elasticloadbalancing::Client>,
    #[cfg(feature = "aws-eventbridge")]
    eventbridge: OnceCell<aws_sdk_eventbridge::Client>,
    #[cfg(feature = "aws-sns")]
    sns: OnceCell<aws_sdk_sns::Client>,
    #[cfg(feature = "aws-sqs")]
    sqs: OnceCell<aws_sdk_sqs::Client>,
    #[cfg(feature = "aws-ssm")]
    ssm: OnceCell<aws_sdk_ssm::Client>,
    /// Whether instance types have instance-store volumes; that never changes, so it is asked once
    /// per process.
    #[cfg(feature = "aws-ec2")]
    pub(super) instance_store: RefCell<BTreeMap<String, bool>>,
}

macro_rules! client {
    ($name:ident, $feature:literal, $sdk:ident) => {
        #[cfg(feature = $feature)]
        pub(super) fn $name(&self) -> &$sdk::Client {
            self.$name.get_or_init(|| {
                let settings = $sdk::config::Builder::from(&self.sdk);
                let settings = settings.interceptor(self.clock.clone());
                let settings = settings.interceptor(self.denials.clone());
                $sdk::Client::from_conf(settings.retry_classifier(ThrottledInOtherWords).build())
            })
        }
    };
}

impl Cloud {
    /// AWS as Lambda's environment describes it. Makes no call.
    pub async fn connect(environment: Environment) -> Self {
        Self {
            sdk: config::load(&environment.region).await,
            environment,
            clock: AwsClock::default(),
            denials: Denials::default(),
            #[cfg(feature = "aws-autoscaling")]
            autoscaling: OnceCell::new(),
            #[cfg(feature = "aws-cloudwatch")]
            cloudwatch: OnceCell::new(),
            #[cfg(feature = "aws-dynamodb")]
            dynamodb: OnceCell::new(),
            #[cfg(feature = "aws-ec2")]
            ec2: OnceCell::new(),
            #[cfg(feature = "aws-elasticloadbalancing")]
            elasticloadbalancing: OnceCell::new(),
            #[cfg(feature = "aws-elasticloadbalancing-classic")]
            elasticloadbalancing_classic: OnceCell::new(),
            #[cfg(feature = "aws-eventbridge")]
            eventbridge: OnceCell::new(),
            #[cfg(feature = "aws-sns")]
            sns: OnceCell::new(),
            #[cfg(feature = "aws-sqs")]
            sqs: OnceCell::new(),
            #[cfg(feature = "aws-ssm")]
            ssm: OnceCell::new(),
            #[cfg(feature = "aws-ec2")]
            instance_store: RefCell::default(),
        }
    }

    /// How far the local clock is ahead of AWS's (negative: behind), if that is more than 60 s.
    pub fn clock_disagreement(&self) -> Option<SignedDuration> {
        self.clock.disagreement()
    }

    /// Calls that AWS denied since this was asked last.
    pub fn take_denied(&self) -> usize {
        self.denials.take()
    }

    client!(autoscaling, "aws-autoscaling", aws_sdk_autoscaling);
    client!(cloudwatch, "aws-cloudwatch", aws_sdk_cloudwatch);
    client!(dynamodb, "aws-dynamodb", aws_sdk_dynamodb);
    client!(ec2, "aws-ec2", aws_sdk_ec2);
    client!(elasticloadbalancing, "aws-elasticloadbalancing", aws_sdk_elasticloadbalancingv2);
    client!(
        elasticloadbalancing_classic,
        "aws-elasticloadbalancing-classic",
        aws_sdk_elasticloadbalancing
    );
    client!(eventbridge, "aws-eventbridge", aws_sdk_eventbridge);
    client!(sns, "aws-sns", aws_sdk_sns);
    client!(sqs, "aws-sqs", aws_sdk_sqs);
    client!(ssm, "aws-ssm", aws_sdk_ssm);
}

impl Clock for Cloud {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
