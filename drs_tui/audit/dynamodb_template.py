"""The table as a CloudFormation template, for those who may not create tables themselves."""

from __future__ import annotations

from typing import Any

from drs_tui.audit.dynamodb_schema import definition

LOGICAL_NAME = "AuditTable"


def template(table: str) -> dict[str, Any]:
    """The template of a table of that name, which a deleted stack leaves standing."""
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "The audit trail of drs-tui's recovery drills",
        "Resources": {
            LOGICAL_NAME: {
                "Type": "AWS::DynamoDB::Table",
                "DeletionPolicy": "Retain",
                "UpdateReplacePolicy": "Retain",
                "Properties": {
                    "TableName": table,
                    **definition(),
                    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
                },
            }
        },
        "Outputs": {
            "TableArn": {"Value": {"Fn::GetAtt": [LOGICAL_NAME, "Arn"]}},
        },
    }
