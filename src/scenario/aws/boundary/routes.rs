//! `aws.routeTables`, `natGateways` and `vpcEndpoints`: what a subnet reaches.

use crate::policy::task_start::{Endpoint, Endpoints, usable_addresses};
use crate::scenario::context::{bounded, unknown_name};
use crate::scenario::plan::BilledPlan;
use crate::scenario::reader::MapReader;

use super::ENTRIES_MAX;
use super::security_groups::SecurityGroups;

/// Where a subnet's traffic to the internet goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    /// Nowhere.
    None,
    /// An internet gateway: of use to whom has a public address.
    InternetGateway,
    /// A NAT gateway.
    Nat,
    /// Anything else that leads on.
    Through,
}

struct Table {
    id: String,
    subnets: Vec<String>,
    is_main: bool,
    way: Way,
}

/// A VPC endpoint. ASSUMPTION: an interface endpoint with private DNS serves the whole VPC, and its
/// own security groups let tasks in.
struct VpcEndpoint {
    /// How its `ServiceName` ends: `ecr.dkr`.
    service: String,
    /// Of a gateway endpoint: the tables that lead to it.
    tables: Option<Vec<String>>,
    /// Of an interface endpoint: in how many zones it is.
    zones: u32,
}

/// What a task in a subnet reaches, and what of it is paid by the byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::scenario::aws) struct Reach {
    pub(in crate::scenario::aws) all: Endpoints,
    pub(in crate::scenario::aws) by_nat: Endpoints,
    pub(in crate::scenario::aws) by_endpoint: Endpoints,
}

impl Reach {
    const fn free(all: Endpoints) -> Self {
        Reach {
            all,
            by_nat: Endpoints::NONE,
            by_endpoint: Endpoints::NONE,
        }
    }
}

/// What of the network says what reaches what.
#[derive(Default)]
pub(in crate::scenario::aws) struct Routes {
    tables: Option<Vec<Table>>,
    endpoints: Vec<VpcEndpoint>,
    /// `aws.securityGroups`.
    pub(in crate::scenario::aws) groups: SecurityGroups,
    nat_gateways: u32,
}

impl Routes {
    /// Reads the blocks.
    pub(in crate::scenario::aws) fn read(aws: &mut MapReader<'_>) -> Self {
        let nats = nat_gateways(aws);
        let tables = aws.field("routeTables").map(|_| {
            let fields = bounded(aws, "routeTables", ENTRIES_MAX).into_iter();
            fields
                .filter_map(|field| table(field.map()?, nats.as_deref()))
                .collect()
        });
        let endpoints = bounded(aws, "vpcEndpoints", ENTRIES_MAX).into_iter();
        let endpoints = endpoints.filter_map(|field| endpoint(field.map()?));
        let endpoints = endpoints.collect();
        let groups = SecurityGroups::read(aws);
        Routes {
            tables,
            endpoints,
            groups,
            nat_gateways: nats.map_or(0, |nats| nats.len() as u32),
        }
    }

    /// What of them is paid for while it exists.
    pub(in crate::scenario::aws) fn billed(&self) -> BilledPlan {
        let endpoints = self.endpoints.iter();
        let interfaces = endpoints.filter(|endpoint| endpoint.tables.is_none());
        BilledPlan {
            nat_gateways: self.nat_gateways,
            endpoint_zones: interfaces.map(|endpoint| endpoint.zones).sum(),
            ..BilledPlan::default()
        }
    }

    /// Whether they say what reaches what.
    pub(in crate::scenario::aws) fn names_something(&self) -> bool {
        self.tables.is_some() || self.groups.keep_something_in()
    }

    /// What a task in a subnet reaches.
    pub(in crate::scenario::aws) fn reach(
        &self,
        subnet: &str,
        (has_public_ip, lets_out): (bool, bool),
    ) -> Reach {
        if !lets_out {
            return Reach::free(Endpoints::NONE);
        }
        let Some(tables) = &self.tables else {
            return Reach::free(Endpoints::ALL);
        };
        let own = tables
            .iter()
            .find(|table| table.subnets.iter().any(|it| it == subnet));
        // Every VPC has a main table; one that nobody names is taken to be right.
        let Some(table) = own.or_else(|| tables.iter().find(|table| table.is_main)) else {
            return Reach::free(Endpoints::ALL);
        };
        let leads = match table.way {
            Way::Through | Way::Nat => true,
            Way::InternetGateway => has_public_ip,
            Way::None => false,
        };
        let mut reach = Reach::free(Endpoints::NONE);
        for endpoint in Endpoint::ALL {
            let serves = |it: &&VpcEndpoint| {
                let leads = |tables: &Vec<String>| tables.contains(&table.id);
                it.service == endpoint.service() && it.tables.as_ref().is_none_or(leads)
            };
            // An endpoint comes before the way to the internet: its names and routes are nearer.
            let own = self.endpoints.iter().find(serves);
            match own {
                Some(own) if own.tables.is_none() => {
                    reach.by_endpoint = reach.by_endpoint.with(endpoint);
                }
                Some(_) => {}
                None if !leads => continue,
                None if table.way == Way::Nat => reach.by_nat = reach.by_nat.with(endpoint),
                None => {}
            }
            reach.all = reach.all.with(endpoint);
        }
        reach
    }
}

const STATES: [(&str, bool); 5] = [
    ("available", true),
    ("pending", false),
    ("failed", false),
    ("deleting", false),
    ("deleted", false),
];

/// The NAT gateways that work; `None`: nobody lists them.
fn nat_gateways(aws: &mut MapReader<'_>) -> Option<Vec<String>> {
    aws.field("natGateways")?;
    let mut all = Vec::new();
    for field in bounded(aws, "natGateways", ENTRIES_MAX) {
        let Some(mut map) = field.map() else { continue };
        let id = map.required("NatGatewayId");
        let works = map.choice("State", &STATES).unwrap_or(true);
        map.finish_aws("ec2.NatGateway");
        let id = id.and_then(|id| id.str()).map(str::to_owned);
        all.extend(id.filter(|_| works));
    }
    Some(all)
}

fn table(mut map: MapReader<'_>, nats: Option<&[String]>) -> Option<Table> {
    let id = map.str("RouteTableId").unwrap_or_default().to_owned();
    let (mut subnets, mut is_main) = (Vec::new(), false);
    for mut association in map.maps("Associations") {
        is_main |= association.bool("Main").unwrap_or(false);
        subnets.extend(association.str("SubnetId").map(str::to_owned));
        association.finish_aws("ec2.RouteTableAssociation");
    }
    let mut way = Way::None;
    for route in map.maps("Routes") {
        if let Some(own) = to_internet(route, nats) {
            way = own;
        }
    }
    map.finish_aws("ec2.RouteTable");
    Some(Table {
        id,
        subnets,
        is_main,
        way,
    })
}

/// Where a route leads that is for the whole internet; `None`: it is for something else.
fn to_internet(mut map: MapReader<'_>, nats: Option<&[String]>) -> Option<Way> {
    let destination = map.str("DestinationCidrBlock");
    let gateway = map.str("GatewayId");
    let nat = map.field("NatGatewayId");
    let works = map.choice("State", &[("active", true), ("blackhole", false)]);
    map.finish_aws("ec2.Route");
    if destination != Some("0.0.0.0/0") {
        return None;
    }
    if works == Some(false) {
        return Some(Way::None);
    }
    if let (Some(field), Some(nats)) = (&nat, nats)
        && let Some(id) = field.str()
        && !nats.iter().any(|known| known == id)
    {
        unknown_name(field, "NAT gateway", id, nats.iter().map(String::as_str));
    }
    Some(match gateway {
        Some(id) if id.starts_with("igw-") => Way::InternetGateway,
        Some("local") => Way::None,
        _ if nat.is_some() => Way::Nat,
        _ => Way::Through,
    })
}

fn endpoint(mut map: MapReader<'_>) -> Option<VpcEndpoint> {
    let service = map.required("ServiceName");
    let is_gateway = map.choice(
        "VpcEndpointType",
        &[
            ("Interface", false),
            ("Gateway", true),
            ("GatewayLoadBalancer", true),
        ],
    );
    let tables: Vec<String> = map
        .list("RouteTableIds")
        .iter()
        .filter_map(|field| field.str().map(str::to_owned))
        .collect();
    let zones = map.list("SubnetIds").len().max(1) as u32;
    map.finish_aws("ec2.VpcEndpoint");
    let service = service?.str()?;
    // com.amazonaws.<region>.<service>
    let end = service.splitn(4, '.').nth(3).unwrap_or(service);
    Some(VpcEndpoint {
        service: end.to_owned(),
        tables: is_gateway.unwrap_or(!tables.is_empty()).then_some(tables),
        zones,
    })
}

/// The addresses of a subnet that are free for tasks at the start: as many as it is said to have,
/// else all that its block leaves.
pub(in crate::scenario::aws) fn usable(map: &mut MapReader<'_>) -> Option<u32> {
    let block = map.field("CidrBlock");
    let available = map.u32("AvailableIpAddressCount", 0..=65_531);
    let of_block = block.and_then(|field| {
        let text = field.str()?;
        let parsed = prefix_length(text).map(usable_addresses);
        if parsed.is_none_or(|usable| usable == 0) {
            let message = format!("\"{text}\" is no block of a subnet");
            let help = "subnets have from /28 to /16, such as 10.0.1.0/24";
            field.error("invalid-value", message).help(help).report();
        }
        parsed
    });
    available.or(of_block.filter(|usable| 0 < *usable))
}

fn prefix_length(block: &str) -> Option<u32> {
    let (address, length) = block.split_once('/')?;
    address.parse::<std::net::Ipv4Addr>().ok()?;
    let is_plain = length.bytes().all(|digit| digit.is_ascii_digit());
    length.parse().ok().filter(|_| is_plain)
}
