"""Writes `adapter.safetensors` of the pickled weights of an AdapterHub adapter.

    python convert_adapter.py ADAPTER_FOLDER

The folder holds `adapter_config.json` and `pytorch_adapter.bin`, as `allenai/specter2` does. Copy
the two files `adapter_config.json` and `adapter.safetensors` into the folder `adapter` of the
model (`allenai/specter2_base`). A pickle can run code when it is read; this reads tensors only
(`weights_only`), but do it with files you trust. Needs the packages torch and safetensors.
"""

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    tensors = torch.load(folder / "pytorch_adapter.bin", map_location="cpu", weights_only=True)
    tensors = {name: tensor.contiguous() for name, tensor in tensors.items()}
    target = folder / "adapter.safetensors"
    save_file(tensors, target, metadata={"format": "pt"})
    target.chmod(0o644)
    print(f"{target}: {len(tensors)} tensors")


if __name__ == "__main__":
    main()
