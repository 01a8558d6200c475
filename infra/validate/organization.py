"""Checks that what an organization asks of every stack reaches every resource that it is about."""

from source import of_type

NOTHING = {"Ref": "AWS::NoValue"}
KEY = {"Fn::If": ["HasEncryptionKey", {"Ref": "EncryptionKeyArn"}, NOTHING]}
BOUNDARY = {"Fn::If": ["HasPermissionsBoundary", {"Ref": "PermissionsBoundaryArn"}, NOTHING]}
# SQS takes either a key or its own encryption, never both.
WITHOUT_KEY = {"Fn::If": ["HasEncryptionKey", NOTHING, True]}

# Where each type takes what. The topic is left out: alarms must be heard while the key is locked.
ASKED = {
    "DynamoDB::Table": {("SSESpecification", "KMSMasterKeyId"): KEY},
    "IAM::Role": {("PermissionsBoundary",): BOUNDARY},
    "Logs::LogGroup": {("KmsKeyId",): KEY},
    "SQS::Queue": {("KmsMasterKeyId",): KEY, ("SqsManagedSseEnabled",): WITHOUT_KEY},
}


def check_organization(template):
    """Key and boundary are given to everything that takes them, under their own conditions."""
    for kind, properties in ASKED.items():
        for name, resource in of_type(template, kind).items():
            for path, wanted in properties.items():
                if value_at(resource, path) != wanted:
                    yield f"{name}.{'.'.join(path)}: must be !If {wanted['Fn::If']}"
    if template["Globals"]["Function"].get("KmsKeyArn") != KEY:
        yield f"Globals.Function.KmsKeyArn: must be !If {KEY['Fn::If']}"
    for name, policy in of_type(template, "IAM::Policy").items():
        for statement in policy["PolicyDocument"]["Statement"]:
            via = statement.get("Condition", {}).get("StringEquals", {}).keys()
            if statement["Resource"] != {"Ref": "EncryptionKeyArn"} or via != {"kms:ViaService"}:
                yield f"{name}.{statement['Sid']}: allow the one key, and only through a service"


def value_at(properties, path):
    """The value at a path of property names; None where one of them is absent."""
    for name in path:
        properties = properties.get(name) if isinstance(properties, dict) else None
    return properties
