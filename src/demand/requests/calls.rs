//! Requests that call other services, request by request: what is on its way between the services
//! of a group, and which tasks a caller knows.

use std::collections::{BTreeMap, VecDeque};

use super::arena::NOBODY;
use crate::engine::random::Stream;
use crate::policy::calls::{ANSWER_MAX, CallTerms};

/// What requests of a revision call.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CallWork {
    /// The place of the service that is called in the group.
    pub callee: u32,
    /// How often, and what the caller does where no answer comes.
    pub terms: CallTerms,
    /// How long a task goes on with the addresses that Cloud Map answered with, seconds; `None`: it
    /// finds all tasks at all times.
    pub ttl_s: Option<f64>,
}

/// Who waits for the answer of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Origin {
    /// The caller's place in the group; [`NOBODY`]: a user.
    pub(super) caller: u32,
    /// Its calling request, by the place among those that call.
    pub(super) open: u32,
    /// Which of its tries.
    pub(super) turn: u32,
}

impl Origin {
    /// One of the service's own users.
    pub(super) const USER: Origin = Origin {
        caller: NOBODY,
        open: NOBODY,
        turn: 0,
    };

    #[inline]
    pub(super) fn is_user(self) -> bool {
        self.caller == NOBODY
    }
}

/// What goes from one service to another.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sent {
    /// A call.
    Call {
        callee: u32,
        origin: Origin,
        /// The calling task and which of those in its place it is.
        task: (u32, u32),
        ttl_s: Option<f64>,
    },
    /// An answer, or that there is none.
    Over { origin: Origin, failed: bool },
    /// The caller waits no longer.
    GivenUp { callee: u32, request: (u32, u32) },
}

/// A request whose slot is held while it calls.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    /// The request; [`NOBODY`]: this place is free.
    pub(super) request: u32,
    /// Which of its revision's calls it is at, and how many of these are still to be made.
    pub(super) call: u32,
    pub(super) left: u32,
    /// Tries of the present one.
    pub(super) tries: u32,
    /// Tells tries apart, in this place of all time.
    pub(super) turn: u32,
    /// The request it waits for, where that is.
    pub(super) waits_for: Option<(u32, u32)>,
    /// Whose request that is, by the place in the group.
    pub(super) waits_at: u32,
}

/// The time-outs of one length, the next one first.
#[derive(Clone, Debug)]
struct Patience {
    length_s: f64,
    ends: VecDeque<(f64, u32, u32)>,
}

/// The addresses that a calling task has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) until_s: f64,
    /// Which of the tasks in the caller's place it was that asked.
    pub(super) life: u32,
    pub(super) count: u8,
    pub(super) next: u8,
    pub(super) tasks: [(u32, u32); ANSWER_MAX as usize],
}

/// A service's part in calls, as the one that calls and as the one that is called.
#[derive(Clone, Debug)]
pub(super) struct Calling {
    /// Its place in the group.
    pub(super) me: u32,
    pub(super) opens: Vec<Open>,
    free: Vec<u32>,
    pub(super) outbox: VecDeque<Sent>,
    patience: Vec<Patience>,
    pub(super) chances: Stream,
    pub(super) choices: Stream,
    /// What calling tasks know of this service's, by the caller's place and task.
    pub(super) known: BTreeMap<(u32, u32), Known>,
}

impl Calling {
    pub(super) fn new(me: u32, chances: Stream, choices: Stream) -> Self {
        Calling {
            me,
            opens: Vec::new(),
            free: Vec::new(),
            outbox: VecDeque::new(),
            patience: Vec::new(),
            chances,
            choices,
            known: BTreeMap::new(),
        }
    }

    /// A request begins to call.
    pub(super) fn open(&mut self, request: u32, (call, left): (u32, u32)) -> u32 {
        let fresh = |turn: u32| Open {
            request,
            call,
            left,
            tries: 0,
            turn,
            waits_for: None,
            waits_at: NOBODY,
        };
        match self.free.pop() {
            Some(at) => {
                let turn = self.opens[at as usize].turn;
                self.opens[at as usize] = fresh(turn);
                at
            }
            None => {
                self.opens.push(fresh(0));
                self.opens.len() as u32 - 1
            }
        }
    }

    /// It calls no more: what it still waited for.
    pub(super) fn close(&mut self, at: u32) -> Option<(u32, u32)> {
        let open = &mut self.opens[at as usize];
        open.request = NOBODY;
        open.turn = open.turn.wrapping_add(1);
        self.free.push(at);
        open.waits_for.take()
    }

    /// Requests that call at present.
    pub(super) fn live(&self) -> usize {
        self.opens.len() - self.free.len()
    }

    /// A calling request's present try, if it is still that one.
    pub(super) fn live_turn(&self, at: u32, turn: u32) -> Option<Open> {
        let open = self.opens.get(at as usize)?;
        (open.request != NOBODY && open.turn == turn).then_some(*open)
    }

    /// A try is given up after this long.
    pub(super) fn wait_for(&mut self, length_s: f64, now_s: f64, (open, turn): (u32, u32)) {
        let end = (now_s + length_s, open, turn);
        let mut known = self.patience.iter_mut();
        match known.find(|patience| patience.length_s == length_s) {
            Some(patience) => patience.ends.push_back(end),
            None => self.patience.push(Patience {
                length_s,
                ends: VecDeque::from([end]),
            }),
        }
    }

    /// When the next try is given up that is still waited for.
    pub(super) fn next_s(&self) -> f64 {
        let firsts = self.patience.iter().filter_map(|it| it.ends.front());
        firsts.fold(f64::INFINITY, |least, end| least.min(end.0))
    }

    /// The next one.
    pub(super) fn pop_end(&mut self) -> Option<(u32, u32)> {
        let next_s = self.next_s();
        let first = |it: &&mut Patience| it.ends.front().is_some_and(|end| end.0 == next_s);
        let patience = self.patience.iter_mut().find(first)?;
        let (_, open, turn) = patience.ends.pop_front()?;
        self.forget_over();
        Some((open, turn))
    }

    /// Ends of tries that are over go as soon as they stand first.
    fn forget_over(&mut self) {
        let opens = &self.opens;
        for patience in &mut self.patience {
            while let Some((_, open, turn)) = patience.ends.front() {
                let at = &opens[*open as usize];
                if at.request != NOBODY && at.turn == *turn {
                    break;
                }
                patience.ends.pop_front();
            }
        }
    }
}
