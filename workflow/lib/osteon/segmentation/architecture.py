"""The network that a model's plans describe, built only from classes of torch and of nnU-Net's own architectures.

Plans name classes by dotted paths, and nnU-Net resolves these with pydoc.locate, which follows attributes: from many
modules of torch such a path leads on to `os.system`, which would then be called with arguments from the plans. So what
a path leads to is checked, not how it begins.
"""

from __future__ import annotations

import pydoc
import re
from collections.abc import Mapping, Sequence
from typing import Any

from osteon.segmentation.archive import ModelRefused

PACKAGES = ("dynamic_network_architectures", "torch.nn")
PATH = re.compile(rf"({'|'.join(map(re.escape, PACKAGES))})(\.[A-Za-z]\w*)+")


def network_arguments(configuration: Any) -> tuple[str, dict, list[str]]:
    """Class, arguments and names of the class-valued arguments of the network, all checked.

    Args:
        configuration: nnunetv2's ConfigurationManager.

    Raises:
        ModelRefused: a path leads to anything but a network module (torch.nn.Module) that one of `PACKAGES` defines,
            or the plans are incomplete.
    """
    try:
        name, arguments = configuration.network_arch_class_name, dict(configuration.network_arch_init_kwargs)
        classes = list(configuration.network_arch_init_kwargs_req_import)
        named = [name, *(arguments[key] for key in classes if arguments[key] is not None)]
    except (KeyError, TypeError, AttributeError) as error:
        raise ModelRefused(f"the model's plans do not describe a network ({error!r})") from error
    for path in named:
        if not _is_network_part(path):
            raise ModelRefused(
                f"the model's plans name '{path}'; networks are built only from the modules of {' and '.join(PACKAGES)}"
            )
    return name, arguments, classes


def _is_network_part(path: object) -> bool:
    import torch

    if not isinstance(path, str) or not PATH.fullmatch(path):
        return False
    found = pydoc.locate(path)
    return (
        isinstance(found, type)
        and issubclass(found, torch.nn.Module)
        and found.__module__.split(".")[0] in {package.split(".")[0] for package in PACKAGES}
    )


def refuse_other_weights(network: Any, folds: Sequence[Mapping[str, Any]]) -> None:
    """Check the weights of every fold against the network that the plans describe.

    Raises ModelRefused where names or shapes differ.
    """
    wanted = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    for weights in folds:
        found = {name: tuple(value.shape) for name, value in weights.items()}
        if found != wanted:
            names = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
            raise ModelRefused(
                f"the model's weights do not fit its plans: {len(names)} differ, the first is '{names[0]}'"
            )
