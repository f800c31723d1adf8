#!/usr/bin/env python3
"""Compile what EC2 says of its types' hardware into the table that InstanceRequirements choose by.

Usage: instance_hardware.py TYPES CAPTURE OLDER_CAPTURE OUTPUT

TYPES is the catalog's ec2_types.csv, as instance_tables.py wrote it: its types and their order. CAPTURE and
OLDER_CAPTURE are answers of EC2's DescribeInstanceTypes as JSON, by type (gzip or plain), such as those that the
package moto carries under ec2/resources/instance_types.json.gz; the older one has the types that EC2 withdrew since.
OUTPUT is ec2_hardware.csv. What the captures' short names stand for is kept by hand in sources.csv.
"""

import csv
import gzip
import json
import pathlib
import re
import sys

COLUMNS = [
    "name", "cpu", "disk_gb", "disk", "ebs_baseline_mbps", "enis", "accelerators", "accelerator_maker",
    "accelerator_type", "accelerator", "accelerator_total_mib", "flags",
]
# The letters of `flags`: it can hibernate; it encrypts what goes to others of its kind; it is of the older capture.
HIBERNATES, ENCRYPTS, OLDER = "h", "e", "o"
CPU_MAKERS = {"Intel": "i", "AMD": "m", "AWS": "w", "Apple": "p"}
DISKS = {"ssd": "s", "hdd": "h"}
MAKERS = {"NVIDIA": "n", "AMD": "m", "AWS": "w", "Xilinx": "x", "Habana": "h", "Qualcomm": "q"}
# Blocks of DescribeInstanceTypes with accelerators, where their list is, its total memory, the letter of the type.
# Inferentia stands among the neuron devices a second time; what is a neuron device alone (Trainium) is taken as of the
# type inference, an assumption: EC2's API knows no type that fits it better.
BLOCKS = [
    ("GpuInfo", "Gpus", "TotalGpuMemoryInMiB", "g"),
    ("FpgaInfo", "Fpgas", "TotalFpgaMemoryInMiB", "f"),
    ("InferenceAcceleratorInfo", "Accelerators", "TotalInferenceMemoryInMiB", "i"),
    ("MediaAcceleratorInfo", "Accelerators", "TotalMediaMemoryInMiB", "m"),
    ("NeuronInfo", "NeuronDevices", "TotalNeuronDeviceMemoryInMiB", "i"),
]


def load(path):
    data = pathlib.Path(path).read_bytes()
    return json.loads(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)


def word(name):
    """The name as InstanceRequirements spell it: `Radeon Pro V520` -> radeon-pro-v520, `Virtex (VU9P)` -> vu9p."""
    short = re.search(r"\((\w+)\)", name)
    return (short.group(1) if short else name).lower().replace(" ", "-")


def accelerators(name, known):
    for block, key, total, letter in BLOCKS:
        if block not in known:
            continue
        devices = known[block][key]
        if len(devices) != 1:
            sys.exit(f"{name} has more than one kind of accelerator")
        device = devices[0]
        maker = MAKERS[device.get("Manufacturer", "AWS")]
        return [device["Count"], maker, letter, word(device["Name"]), known[block][total]]
    return ["", "", "", "", ""]


def row(name, known, flags):
    storage = known.get("InstanceStorageInfo", {})
    kinds = {DISKS[disk["Type"]] for disk in storage.get("Disks", [])}
    if 1 < len(kinds):
        sys.exit(f"{name} has disks of two kinds")
    return [
        name,
        CPU_MAKERS[known["ProcessorInfo"]["Manufacturer"]],
        storage.get("TotalSizeInGB", ""),
        "".join(kinds),
        known["EbsInfo"].get("EbsOptimizedInfo", {}).get("BaselineBandwidthInMbps", ""),
        known["NetworkInfo"]["MaximumNetworkInterfaces"],
        *accelerators(name, known),
        (HIBERNATES if known["HibernationSupported"] else "")
        + (ENCRYPTS if known["NetworkInfo"]["EncryptionInTransitSupported"] else "")
        + flags,
    ]


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    with open(sys.argv[1], newline="") as file:
        names = [line["name"] for line in csv.DictReader(file)]
    newer, older = load(sys.argv[2]), load(sys.argv[3])
    rows = [row(it, newer[it], "") if it in newer else row(it, older[it], OLDER) for it in names]
    with open(sys.argv[4], "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS] + rows)
    print(f"{len(rows)} types, {sum(OLDER in it[-1] for it in rows)} of the older capture")


if __name__ == "__main__":
    main()
