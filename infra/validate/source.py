"""The template as it is written, and how its parts point to each other."""

from samtranslator.yaml_helper import yaml_parse


def read(path):
    """The template at `path`, with CloudFormation's short forms (`!Ref`) in their long form."""
    with open(path, encoding="utf-8") as file:
        return yaml_parse(file.read())


def of_type(template, suffix):
    """The properties of all resources whose type ends in `suffix`, by logical id."""
    return {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"].endswith(suffix) and "Properties" in resource
    }


def target(value):
    """The logical id that a `!Ref` or `!GetAtt` points to; None for anything else."""
    if not isinstance(value, dict):
        return None
    got = value.get("Ref") or value.get("Fn::GetAtt")
    return got[0] if isinstance(got, list) else got and got.split(".")[0]
