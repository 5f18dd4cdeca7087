"""Print tests/physics/case14_pandapower.json: the IEEE 14-bus network and its power flow as pandapower has them.

    pip install pandapower && python tests/oracles/make_power_values.py > tests/physics/case14_pandapower.json

Rows of the admittance matrix Y are (bus, bus, conductance, susceptance), buses from 0, per unit of 100 MVA; only places
on and above the diagonal that are not zero are kept, for Y is symmetric. Voltages are in per unit and degrees.
"""

import json
import warnings

import numpy as np


def peer_values() -> dict:
    """Admittances, and the sizes and angles of all voltages."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandapower
        from pandapower.networks import case14

        net = case14()
        pandapower.runpp(net, init="flat", tolerance_mva=1e-9, trafo_model="pi", numba=False)
    matrix = np.triu(net._ppc["internal"]["Ybus"].toarray())
    places = np.argwhere(matrix).tolist()
    return {
        "admittance": [[i, j, round(matrix[i, j].real, 9), round(matrix[i, j].imag, 9)] for i, j in places],
        "size": net.res_bus.vm_pu.round(9).tolist(),
        "angle": net.res_bus.va_degree.round(7).tolist(),
    }


if __name__ == "__main__":
    print(json.dumps(peer_values(), separators=(",", ":")).replace('],"', '],\n"'))
