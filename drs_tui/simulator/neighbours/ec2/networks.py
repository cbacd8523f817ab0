"""DescribeSubnets and DescribeVpcs."""

from __future__ import annotations

from ipaddress import ip_network

from drs_tui.simulator.neighbours.ec2.asking import Filter, filtered, named, paged
from drs_tui.simulator.neighbours.ec2.network import Subnet, Vpc, subnets, vpcs
from drs_tui.simulator.neighbours.modelled import Answer, Call

_RESERVED_ADDRESSES = 5
"""Of every subnet, by AWS."""

_SUBNET_FILTERS: dict[str, Filter[Subnet]] = {
    "availability-zone": lambda subnet: [subnet.zone],
    "cidr-block": lambda subnet: [subnet.cidr],
    "default-for-az": lambda subnet: [str(subnet.is_default).lower()],
    "state": lambda _: ["available"],
    "subnet-id": lambda subnet: [subnet.subnet_id],
    "vpc-id": lambda subnet: [subnet.vpc.vpc_id],
}
_VPC_FILTERS: dict[str, Filter[Vpc]] = {
    "cidr": lambda vpc: [vpc.cidr],
    "is-default": lambda vpc: [str(vpc.is_default).lower()],
    "state": lambda _: ["available"],
    "vpc-id": lambda vpc: [vpc.vpc_id],
}


def describe_subnets(call: Call) -> Answer:
    """The subnets of the Region."""
    asked = named(
        subnets(call.region),
        call.parameters.get("SubnetIds"),
        _subnet_id,
        prefix="subnet",
        kind="subnet",
        code="InvalidSubnetID",
    )
    found = filtered(call, asked, _SUBNET_FILTERS, lambda subnet: {"Name": subnet.name})
    shown, more = paged(call, "DescribeSubnets", found, _subnet_id)
    return {"Subnets": [_subnet(subnet, call) for subnet in shown], **more}


def describe_vpcs(call: Call) -> Answer:
    """The VPCs of the Region."""
    asked = named(
        vpcs(call.region_name),
        call.parameters.get("VpcIds"),
        _vpc_id,
        prefix="vpc",
        kind="vpc",
        code="InvalidVpcID",
    )
    found = filtered(call, asked, _VPC_FILTERS, lambda vpc: {"Name": vpc.name})
    shown, more = paged(call, "DescribeVpcs", found, _vpc_id)
    return {"Vpcs": [_vpc(vpc, call) for vpc in shown], **more}


def _subnet_id(subnet: Subnet) -> str:
    return subnet.subnet_id


def _vpc_id(vpc: Vpc) -> str:
    return vpc.vpc_id


def _subnet(subnet: Subnet, call: Call) -> Answer:
    account = call.account.scenario.account
    return {
        "AvailabilityZone": subnet.zone,
        "AvailableIpAddressCount": ip_network(subnet.cidr).num_addresses - _RESERVED_ADDRESSES,
        "CidrBlock": subnet.cidr,
        "DefaultForAz": subnet.is_default,
        "MapPublicIpOnLaunch": subnet.is_default,
        "OwnerId": account,
        "State": "available",
        "SubnetArn": f"arn:aws:ec2:{call.region_name}:{account}:subnet/{subnet.subnet_id}",
        "SubnetId": subnet.subnet_id,
        "Tags": [{"Key": "Name", "Value": subnet.name}],
        "VpcId": subnet.vpc.vpc_id,
    }


def _vpc(vpc: Vpc, call: Call) -> Answer:
    return {
        "CidrBlock": vpc.cidr,
        "InstanceTenancy": "default",
        "IsDefault": vpc.is_default,
        "OwnerId": call.account.scenario.account,
        "State": "available",
        "Tags": [{"Key": "Name", "Value": vpc.name}],
        "VpcId": vpc.vpc_id,
    }


OPERATIONS = {"DescribeSubnets": describe_subnets, "DescribeVpcs": describe_vpcs}
