"""Where the design bends: an AWS account under large jobs and many accounts, simulated (``make scale``)."""
