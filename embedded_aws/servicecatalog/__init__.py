"""Service Catalog: portfolios, product versions, launch roles, and projects that are provisioned through CloudFormation."""
