"""How the phone model that ships in `lipwright/data` is made: `python -m training` from the folder `core`.

Never imported by the product. Needs torch, onnx, scipy, pyworld and the voices named in README.md.
"""
