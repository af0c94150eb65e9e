"""What a job costs in an AWS account, from counts of real jobs: ``make bill``."""
