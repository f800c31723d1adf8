//! What a task takes of an instance, and what an instance has.

use std::fmt;

/// Amounts of the resources that are added up: of a task, of an instance, of what is free.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Need {
    /// CPU units, 1,024 a vCPU.
    pub cpu: u32,
    /// Memory, MiB.
    pub memory: u32,
    /// Whole GPUs.
    pub gpus: u32,
    /// Elastic network interfaces: one a task in `awsvpc` mode.
    pub enis: u32,
}

impl Need {
    /// Whether it fits into what is free.
    #[inline]
    pub fn fits(&self, free: &Need) -> bool {
        self.cpu <= free.cpu
            && self.memory <= free.memory
            && self.gpus <= free.gpus
            && self.enis <= free.enis
    }

    /// The smaller of each.
    #[must_use]
    pub fn least(&self, other: &Need) -> Need {
        self.zip(other, u32::min)
    }

    /// The larger of each.
    #[must_use]
    pub fn most(&self, other: &Need) -> Need {
        self.zip(other, u32::max)
    }

    /// Both together.
    #[must_use]
    pub fn plus(&self, other: &Need) -> Need {
        self.zip(other, u32::saturating_add)
    }

    /// What is left of it, nothing below zero.
    #[must_use]
    pub fn less(&self, other: &Need) -> Need {
        self.zip(other, u32::saturating_sub)
    }

    /// How often it goes into an amount; [`u32::MAX`] if it needs nothing.
    pub fn times_in(&self, room: &Need) -> u32 {
        let times = |need: u32, room: u32| room.checked_div(need).unwrap_or(u32::MAX);
        times(self.cpu, room.cpu)
            .min(times(self.memory, room.memory))
            .min(times(self.gpus, room.gpus))
            .min(times(self.enis, room.enis))
    }

    fn zip(&self, other: &Need, each: fn(u32, u32) -> u32) -> Need {
        Need {
            cpu: each(self.cpu, other.cpu),
            memory: each(self.memory, other.memory),
            gpus: each(self.gpus, other.gpus),
            enis: each(self.enis, other.enis),
        }
    }
}

/// Host ports that the agent keeps for itself: SSH, Docker, the agent (AGENT, DG-2023).
pub const RESERVED_PORTS: [u16; 5] = [22, 2375, 2376, 51678, 51679];
/// Host ports that may be reserved on an instance (DG-2023).
pub const PORTS_MAX: usize = 100;

/// What a port carries: TCP and UDP have their own ports of each number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Protocol {
    /// `tcp`: of a port mapping where none is given (API PortMapping).
    Tcp,
    /// `udp`.
    Udp,
}

/// A port of a host.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Port {
    /// Its number, 1 to 65,535.
    pub number: u16,
    /// What it carries.
    pub protocol: Protocol,
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.protocol {
            Protocol::Tcp => write!(f, "{}", self.number),
            Protocol::Udp => write!(f, "{}/udp", self.number),
        }
    }
}

/// Static host ports, sorted: those that a task of bridge or host mode asks for, or that are taken.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Ports(Vec<Port>);

impl Ports {
    /// These ports of TCP, each once.
    pub fn tcp(numbers: &[u16]) -> Self {
        let ports = numbers.iter().map(|number| Port {
            number: *number,
            protocol: Protocol::Tcp,
        });
        Self::new(ports.collect())
    }

    /// These ports, each once.
    pub fn new(mut ports: Vec<Port>) -> Self {
        ports.sort_unstable();
        ports.dedup();
        Ports(ports)
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True without any.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The ports.
    pub fn iter(&self) -> impl Iterator<Item = Port> + '_ {
        self.0.iter().copied()
    }

    /// The first port of this that the other has as well.
    pub fn clash(&self, taken: &Ports) -> Option<Port> {
        self.iter().find(|port| taken.0.binary_search(port).is_ok())
    }

    /// Takes the ports of a task.
    pub fn take(&mut self, ports: &Ports) {
        for port in ports.iter() {
            if let Err(at) = self.0.binary_search(&port) {
                self.0.insert(at, port);
            }
        }
    }

    /// Gives the ports of a task back.
    pub fn free(&mut self, ports: &Ports) {
        self.0.retain(|port| ports.0.binary_search(port).is_err());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_need_goes_into_a_room_as_often_as_its_scarcest_part() {
        let room = Need {
            cpu: 4096,
            memory: 7_800,
            gpus: 0,
            enis: 3,
        };
        let task = Need {
            cpu: 512,
            memory: 1024,
            gpus: 0,
            enis: 1,
        };
        assert_eq!(task.times_in(&room), 3);
        assert_eq!(Need { enis: 0, ..task }.times_in(&room), 7);
        assert_eq!(Need { gpus: 1, ..task }.times_in(&room), 0);
        assert_eq!(Need::default().times_in(&room), u32::MAX);
    }

    #[test]
    fn ports_are_taken_once_and_given_back() {
        let mut taken = Ports::tcp(&RESERVED_PORTS);
        let web = Ports::tcp(&[80, 443, 80]);
        assert_eq!(web.len(), 2);
        assert_eq!(web.clash(&taken), None);
        taken.take(&web);
        let clash = |numbers: &[u16]| Ports::tcp(numbers).clash(&taken).map(|it| it.number);
        assert_eq!(clash(&[8080, 443]), Some(443));
        assert_eq!(clash(&[22]), Some(22));
        taken.free(&web);
        assert_eq!(taken, Ports::tcp(&RESERVED_PORTS));
    }

    #[test]
    fn a_number_is_two_ports_one_of_tcp_and_one_of_udp() {
        let dns = |protocol| {
            Ports::new(vec![Port {
                number: 53,
                protocol,
            }])
        };
        let (tcp, udp) = (dns(Protocol::Tcp), dns(Protocol::Udp));
        assert_eq!(udp.clash(&tcp), None);
        let mut both = tcp.clone();
        both.take(&udp);
        assert_eq!(both.len(), 2);
        assert_eq!(
            udp.clash(&both).map(|it| it.to_string()),
            Some("53/udp".into())
        );
        both.free(&udp);
        assert_eq!(both, tcp);
    }
}
