"""The engine: due deliveries of one gateway, claimed, handed to its provider, and recorded.

In comes the id of a gateway with something due. Out go deliveries that are sent, failed, in doubt, or due again, and
households left to their next channel. A sweep picks up what a worker that died had in hand, and names the gateways with
work; `sample` sends one message to see whether a gateway works. Never holds a transaction open while a provider answers
(but to renew a token, see `gateways.credentials`). A message that may have left goes again only where the provider
recognises a repeated reference.
"""
