//! How much each code of AWS Health weighs: the taxonomy that keeps people from being called for
//! every account notification.
//!
//! AWS publishes no list (only `health:DescribeEventTypes`, behind a paid support plan), so the set
//! is open and the tables are kept by how well a code is attested. A code that is in none of them
//! weighs [`Severity::Low`] and is counted, unless it is a scheduled change of EC2.
//!
//! Sources: AWS Health, EC2, EBS, ACM, ECS, RDS and VPN documentation, AWS's public repositories
//! and public configurations of others, all read 2026-11.

use Severity::{Act, Inform, Low, Warn};

/// What a matter asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing; counted as unknown or as a test.
    Low,
    /// Nothing from us; counted.
    Inform,
    /// People should know: one message to the topic for each matter.
    Warn,
    /// Instances may be taken away: a hint to the reconciler.
    Act,
}

impl Severity {
    /// Every severity, lightest first.
    pub const ALL: [Self; 4] = [Low, Inform, Warn, Act];

    /// The stable name in reports and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Low => "low",
            Inform => "inform",
            Warn => "warn",
            Act => "act",
        }
    }
}

/// The weight of a code; `None` for one that we do not know.
///
/// ```
/// use shared::decide::notice::codes::{Severity, severity_of};
///
/// assert_eq!(severity_of("AWS_EBS_VOLUME_LOST"), Some(Severity::Warn));
/// assert_eq!(severity_of("AWS_EBS_VOLUME_FOUND"), None);
/// ```
pub fn severity_of(type_code: &str) -> Option<Severity> {
    TABLES.iter().find_map(|table| {
        let place = table.binary_search_by_key(&type_code, |(code, _)| code).ok()?;
        table.get(place).map(|(_, severity)| *severity)
    })
}

/// Every code that we know, with its weight.
pub fn known_codes() -> impl Iterator<Item = (&'static str, Severity)> {
    TABLES.iter().flat_map(|table| table.iter().copied())
}

/// Each sorted by code, no code in two of them.
const TABLES: [&[(&str, Severity)]; 3] = [DOCUMENTED, REPORTED, HEARSAY];

/// Codes that AWS itself has written: in documentation, a repository or a recorded event.
const DOCUMENTED: &[(&str, Severity)] = &[
    ("AWS_ABUSE_DOS_REPORT", Warn),
    ("AWS_ABUSE_PII_CONTENT_REMOVAL_REPORT", Warn),
    ("AWS_ACM_RENEWAL_FAILURE", Inform),
    ("AWS_ACM_RENEWAL_STATE_CHANGE", Inform),
    ("AWS_BILLING_NOTIFICATION", Inform),
    ("AWS_BILLING_SUSPENSION_NOTICE", Warn),
    ("AWS_CASSANDRA_PLANNED_LIFECYCLE_EVENT", Inform),
    ("AWS_CONFIG_OPERATIONAL_NOTIFICATION", Inform),
    ("AWS_DIRECTCONNECT_MAINTENANCE_SCHEDULED", Inform),
    ("AWS_EBS_DEGRADED_EBS_VOLUME_PERFORMANCE", Warn),
    ("AWS_EBS_LOST_VOLUME", Warn),
    ("AWS_EBS_VOLUME_ATTACHMENT_ISSUE", Warn),
    ("AWS_EBS_VOLUME_LOST", Warn),
    ("AWS_EC2_API_ISSUE", Warn),
    ("AWS_EC2_DEDICATED_HOST_NETWORK_MAINTENANCE_SCHEDULED", Act),
    ("AWS_EC2_HEALTH_TEST_EVENT", Low),
    ("AWS_EC2_INSTANCE_AUTO_RECOVERY_FAILURE", Act),
    ("AWS_EC2_INSTANCE_AUTO_RECOVERY_SUCCESS", Act),
    ("AWS_EC2_INSTANCE_NETWORK_MAINTENANCE_SCHEDULED", Act),
    ("AWS_EC2_INSTANCE_REBOOT_MAINTENANCE_SCHEDULED", Act),
    ("AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED", Act),
    ("AWS_EC2_INSTANCE_STORE_DRIVE_PERFORMANCE_DEGRADED", Act),
    ("AWS_EC2_MAINTENANCE_SCHEDULED", Act),
    ("AWS_EC2_ODCR_UNDERUTILIZATION_NOTIFICATION", Inform),
    ("AWS_EC2_ODCR_UNDERUTILIZATION_NOTIFICATION_SUMMARY", Inform),
    ("AWS_EC2_OPERATIONAL_ISSUE", Warn),
    ("AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED", Act),
    ("AWS_EC2_POWER_CONNECTIVITY_ISSUE", Warn),
    ("AWS_EC2_SIMPLIFIED_AUTO_RECOVERY_FAILURE", Act),
    ("AWS_EC2_SIMPLIFIED_AUTO_RECOVERY_SUCCESS", Act),
    ("AWS_EC2_SYSTEM_MAINTENANCE_EVENT", Act),
    ("AWS_EC2_SYSTEM_REBOOT_MAINTENANCE_SCHEDULED", Act),
    ("AWS_ECS_TASK_PATCHING_RETIREMENT", Inform),
    ("AWS_EKS_PLANNED_LIFECYCLE_EVENT", Inform),
    ("AWS_ELASTICLOADBALANCING_API_ISSUE", Warn),
    ("AWS_ELASTICLOADBALANCING_ENI_LIMIT_REACHED", Warn),
    ("AWS_ELASTICLOADBALANCING_INSUFFICIENT_IPS_IN_SUBNET", Warn),
    ("AWS_HEALTH_TEST_ALERT", Low),
    ("AWS_IAM_OPERATIONAL_ISSUE", Warn),
    ("AWS_LAMBDA_PLANNED_LIFECYCLE_EVENT", Inform),
    ("AWS_RDS_HARDWARE_MAINTENANCE_SCHEDULED", Inform),
    ("AWS_RDS_MAINTENANCE_SCHEDULED", Inform),
    ("AWS_RDS_PLANNED_LIFECYCLE_EVENT", Inform),
    ("AWS_RISK_CREDENTIALS_COMPROMISED", Warn),
    ("AWS_RISK_CREDENTIALS_COMPROMISE_SUSPECTED", Warn),
    ("AWS_RISK_CREDENTIALS_EXPOSED", Warn),
    ("AWS_RISK_CREDENTIALS_EXPOSURE_SUSPECTED", Warn),
    ("AWS_RISK_IAM_QUARANTINE", Warn),
    ("AWS_S3_OPEN_ACCESS_BUCKET_NOTIFICATION", Inform),
    ("AWS_SAGEMAKER_SCHEDULED_MAINTENANCE", Inform),
    ("AWS_SECURITY_NOTIFICATION", Warn),
    ("AWS_STORAGEGATEWAY_OPERATIONAL_ISSUE", Inform),
    ("AWS_VPN_REDUNDANCY_LOSS", Inform),
    ("AWS_VPN_SINGLE_TUNNEL_NOTIFICATION", Inform),
    ("AWS_WORKSPACES_OPERATIONAL_NOTIFICATION", Inform),
    ("CAA_CHECK_FAILURE", Inform),
];

/// Codes that others filter on in public; plausible, and confirmed by no text of AWS.
const REPORTED: &[(&str, Severity)] = &[
    ("AWS_ABUSE_BITCOIN_REPORT", Warn),
    ("AWS_ABUSE_SPAM_REPORT", Warn),
    ("AWS_ACMPCA_CERTIFICATE_EXPIRY", Inform),
    ("AWS_CLOUD9_SECURITY_NOTIFICATION", Inform),
    ("AWS_CLOUDFORMATION_SECURITY_NOTIFICATION", Inform),
    ("AWS_CLOUDSHELL_OPERATIONAL_NOTIFICATION", Inform),
    ("AWS_CLOUDTRAIL_SECURITY_NOTIFICATION", Inform),
    ("AWS_DIRECTCONNECT_OPERATIONAL_ISSUE", Inform),
    ("AWS_DMS_SECURITY_NOTIFICATION", Inform),
    ("AWS_DYNAMODB_GT_WORKFLOW_FAILED", Inform),
    ("AWS_DYNAMODB_SECURITY_NOTIFICATION", Inform),
    ("AWS_EBS_SECURITY_NOTIFICATION", Warn),
    ("AWS_EC2_DEDICATED_HOST_ACCESSREVOKED_RETIREMENT_SCHEDULED", Act),
    ("AWS_EC2_DEDICATED_HOST_MAINTENANCE_SCHEDULED", Act),
    ("AWS_EC2_DEDICATED_HOST_POWER_MAINTENANCE_SCHEDULED", Act),
    ("AWS_EC2_DEDICATED_HOST_RETIREMENT_SCHEDULED", Act),
    ("AWS_EC2_HOST_RECOVERY_FAILURE", Act),
    ("AWS_EC2_INSTANCE_POWER_MAINTENANCE_FAILED", Act),
    ("AWS_EC2_INSTANCE_POWER_MAINTENANCE_SCHEDULED", Act),
    ("AWS_EC2_INSTANCE_REBOOT_FLEXIBLE_MAINTENANCE_SCHEDULED", Act),
    ("AWS_EC2_INSTANCE_RETIREMENT_EXPEDITED", Act),
    ("AWS_EC2_INSTANCE_STOP_SCHEDULED", Act),
    ("AWS_EC2_INSTANCE_TERMINATION_SCHEDULED", Act),
    ("AWS_EC2_NETWORK_CONNECTIVITY_ISSUE", Warn),
    ("AWS_EC2_PERSISTENT_INSTANCE_POWER_MAINTENANCE_SCHEDULED", Act),
    ("AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_EXPEDITED", Act),
    ("AWS_EC2_SECURITY_NOTIFICATION", Warn),
    ("AWS_EC2_ULTRASERVER_CAPACITY_REDUCED", Act),
    ("AWS_EC2_ULTRASERVER_MAINTENANCE_COMPLETED", Act),
    ("AWS_EC2_ULTRASERVER_MAINTENANCE_INITIATED", Act),
    ("AWS_ECR_SECURITY_NOTIFICATION", Inform),
    ("AWS_ECS_SECURITY_NOTIFICATION", Inform),
    ("AWS_EKS_SECURITY_NOTIFICATION", Inform),
    ("AWS_ELASTICACHE_BEFORE_UPDATE_DUE_NOTIFICATION", Inform),
    ("AWS_ELASTICACHE_PREVIOUS_GENERATION_NODE_REPLACEMENT_FAILED", Inform),
    ("AWS_ELASTICACHE_SECURITY_NOTIFICATION", Inform),
    ("AWS_ELASTICACHE_UPDATE_COMPLETED", Inform),
    ("AWS_ELASTICFILESYSTEM_SECURITY_NOTIFICATION", Inform),
    ("AWS_ELASTICLOADBALANCING_INSUFFICIENT_COIP", Warn),
    ("AWS_ELASTICLOADBALANCING_INSUFFICIENT_INSTANCE_CAPACITY", Warn),
    ("AWS_ELASTICLOADBALANCING_NODE_FAILURE", Warn),
    ("AWS_ELASTICLOADBALANCING_SECURITY_NOTIFICATION", Warn),
    ("AWS_ES_SECURITY_NOTIFICATION", Inform),
    ("AWS_ES_SERVICE_SOFTWARE_UPDATE_AVAILABLE", Inform),
    ("AWS_KMS_SECURITY_NOTIFICATION", Inform),
    ("AWS_LAMBDA_SECURITY_NOTIFICATION", Inform),
    ("AWS_OPSWORKS_SECURITY_NOTIFICATION", Inform),
    ("AWS_RDS_POINT_IN_TIME_FAILURE", Inform),
    ("AWS_RDS_SECURITY_NOTIFICATION", Inform),
    ("AWS_REDSHIFT_SECURITY_NOTIFICATION", Inform),
    ("AWS_ROUTE53_SECURITY_NOTIFICATION", Inform),
    ("AWS_S3_SECURITY_NOTIFICATION", Inform),
    ("AWS_SAGEMAKER_SECURITY_NOTIFICATION", Inform),
    ("AWS_SHIELD_ADVANCED_SUBSCRIPTION_RENEWED", Inform),
    ("AWS_SNS_SECURITY_NOTIFICATION", Inform),
    ("AWS_SQS_SECURITY_NOTIFICATION", Inform),
    ("AWS_SSM_SECURITY_NOTIFICATION", Inform),
    ("AWS_STORAGEGATEWAY_SECURITY_NOTIFICATION", Inform),
    ("AWS_WORKSPACES_MAINTENANCE_SCHEDULED", Inform),
];

/// Codes that only appear in lists of unknown origin. Kept so that one that comes true is not taken
/// for new, and nobody adds it to a better list.
const HEARSAY: &[(&str, Severity)] = &[
    ("AWS_EBS_DEGRADED_EBS_VOLUME", Warn),
    ("AWS_EBS_POTENTIAL_DATA_INCONSISTENCY", Warn),
    ("AWS_EBS_VOLUME_DEGRADED", Warn),
    ("AWS_EC2_INSTANCE_REBOOT_SCHEDULED", Act),
    ("AWS_EC2_INSTANCE_SCHEDULED_MAINTENANCE", Act),
    ("AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT", Act),
    ("AWS_EC2_PLANNED_LIFECYCLE_EVENT", Inform),
    ("AWS_ECS_MAINTENANCE_SCHEDULED", Inform),
    ("AWS_EKS_CLUSTER_VERSION_DEPRECATION", Inform),
    ("AWS_ELASTICACHE_NODE_REPLACEMENT_SCHEDULED", Inform),
    ("AWS_IAM_EXPOSED_CREDENTIAL", Warn),
    ("AWS_LAMBDA_RUNTIME_DEPRECATION", Inform),
    ("AWS_LAMBDA_RUNTIME_DEPRECATION_NOTICE", Inform),
    ("AWS_LAMBDA_RUNTIME_DEPRECATION_SCHEDULED", Inform),
    ("AWS_RDS_CERTIFICATE_ROTATION_REQUIRED", Inform),
    ("AWS_RDS_CERTIFICATE_ROTATION_SCHEDULED", Inform),
    ("AWS_RDS_FAILOVER_COMPLETED", Inform),
    ("AWS_RDS_INSTANCE_PATCHING_MAINTENANCE_SCHEDULED", Inform),
    ("AWS_RDS_MAJOR_VERSION_UPGRADE_REQUIRED", Inform),
    ("AWS_RDS_OPERATING_SYSTEM_UPGRADE_SCHEDULED", Inform),
    ("AWS_RDS_SECURITY_BULLETIN", Inform),
    ("AWS_RDS_SSL_CA_CERTIFICATE_EXPIRY", Inform),
    ("AWS_RDS_STORAGE_FAILURE", Inform),
    ("AWS_VPC_OPERATIONAL_ISSUE", Warn),
    ("AWS_VPN_SINGLE_TUNNEL_WARNING", Inform),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_tables_are_sorted_and_hold_each_code_once() {
        for table in TABLES {
            assert!(table.is_sorted_by(|(one, _), (next, _)| one < next));
        }
        let codes: BTreeSet<_> = known_codes().map(|(code, _)| code).collect();
        assert_eq!(codes.len(), known_codes().count());
        assert_eq!(codes.len(), 140);
    }

    #[test]
    fn p47_every_known_code_has_its_weight_and_no_other_code_has_one() {
        for (code, severity) in known_codes() {
            assert_eq!(severity_of(code), Some(severity), "{code}");
        }
        for code in ["", "AWS_EC2", "AWS_EC2_SOMETHING_NEW", "aws_ec2_operational_issue"] {
            assert_eq!(severity_of(code), None, "{code}");
        }
    }

    #[test]
    fn p47_only_ec2_calls_for_an_act_and_every_scheduled_code_of_ec2_does() {
        for (code, severity) in known_codes() {
            let ec2 = code.starts_with("AWS_EC2_");
            assert!(ec2 || severity != Act, "{code}");
            assert!(!(ec2 && code.ends_with("_SCHEDULED")) || severity == Act, "{code}");
        }
    }

    #[test]
    fn severities_are_ordered_and_named() {
        assert!(Severity::ALL.is_sorted());
        assert_eq!(Severity::ALL.map(Severity::code), ["low", "inform", "warn", "act"]);
    }
}
