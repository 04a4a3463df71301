"""Answers of public catalogues, in the form that their API documents describe (shortened)."""

UCI_LIST = {
    "status": 200,
    "statusText": "OK",
    "data": [{"id": 296, "name": "Diabetes 130-US Hospitals for Years 1999-2008", "url": "x"}],
}
UCI_296 = {
    "status": 200,
    "statusText": "OK",
    "data": {
        "uci_id": 296,
        "name": "Diabetes 130-US Hospitals for Years 1999-2008",
        "repository_url": "https://archive.ics.uci.edu/dataset/296/diabetes",
        "data_url": "BASE/static/public/296/data.csv",
        "abstract": "Ten years of clinical care at 130 US hospitals.",
        "num_instances": 101766,
        "num_features": 47,
        "last_updated": "Mon Mar 04 2024",
        "dataset_doi": "10.24432/C5230J",
        "variables": [{"name": "encounter_id"}, {"name": "patient_nbr"}, {"name": "diabetesMed"}],
    },
}
UCI_UNKNOWN = {"status": 404, "data": None}
CKAN_PACKAGE = {
    "name": "prescriptions-dispensed",
    "title": "Prescriptions <b>dispensed</b>",
    "notes": "Items dispensed &amp; their cost",
    "license_id": "cc-by",
    "license_title": "Creative Commons Attribution 4.0",
    "private": False,
    "metadata_modified": "2024-05-01T00:00:00",
    "tags": [{"name": "diabetes"}],
    "resources": [
        {"url": "BASE/files/items.csv", "format": "CSV", "size": 24, "hash": "HASH"},
        {"url": "BASE/files/notes.pdf", "format": "PDF", "size": None, "hash": ""},
    ],
}
CKAN_SEARCH = {"success": True, "result": {"count": 1, "results": [CKAN_PACKAGE]}}
CKAN_SHOW = {"success": True, "result": CKAN_PACKAGE}
DATAGOV = {
    "results": [
        {
            "slug": "diabetes-prevalence",
            "title": "Diabetes prevalence",
            "dcat": {
                "identifier": "https://data.example.gov/1",
                "title": "Diabetes prevalence",
                "description": "By county and year.",
                "accessLevel": "public",
                "license": "https://creativecommons.org/publicdomain/zero/1.0/",
                "landingPage": "https://data.example.gov/d/1",
                "modified": "2024-01-02",
                "keyword": ["diabetes"],
                "distribution": [
                    {"downloadURL": "BASE/files/items.csv", "mediaType": "text/csv"},
                    {"accessURL": "https://data.example.gov/api"},
                ],
            },
        },
        {"slug": "claims", "dcat": {"title": "Claims", "accessLevel": "restricted public", "distribution": []}},
    ],
    "after": None,
}
OPENML_LIST = {
    "data": {
        "dataset": [
            {
                "did": 37,
                "name": "diabetes",
                "version": 1,
                "status": "active",
                "format": "ARFF",
                "quality": [{"name": "NumberOfInstances", "value": "768.0"}],
            }
        ]
    }
}
OPENML_37 = {
    "data_set_description": {
        "id": "37",
        "name": "diabetes",
        "version": "1",
        "description": "Pima Indians Diabetes",
        "format": "ARFF",
        "licence": "Public",
        "status": "active",
        "url": "BASE/data/v1/download/37/diabetes.arff",
        "md5_checksum": "MD5",
        "upload_date": "2014-04-06T23:22:13",
    }
}
ARFF = b"""% Pima
@relation diabetes
@attribute 'preg' numeric
@attribute plas REAL
@ATTRIBUTE class {tested_negative, 'tested positive'}
@data
6,148,'tested positive'
1,?,tested_negative
"""
HF_ITEM = {
    "id": "owner/glucose",
    "description": "Glucose readings",
    "gated": False,
    "private": False,
    "lastModified": "2024-02-02T00:00:00.000Z",
    "tags": ["license:cc-by-4.0", "size_categories:n<1K"],
    "siblings": [
        {"rfilename": "README.md"},
        {"rfilename": "data/train.csv", "size": 24, "lfs": {"sha256": "HASH"}},
        {"rfilename": "data/train.parquet", "size": 900},
    ],
}
HF_GATED = {"id": "owner/secret", "gated": "manual", "tags": [], "siblings": [{"rfilename": "a.csv"}]}

AWS_YAML = {
    "claims-omop": """
Name: Synthetic claims in OMOP
Description: |
  <br/>Claims of 2 million people, as OMOP tables.
Documentation: https://example.org
Contact: x
ManagedBy: x
UpdateFrequency: Never
Tags: [aws-pds, health, omop]
License: "[CC BY 4.0](https://creativecommons.org/licenses/by/4.0/)"
Resources:
  - {Description: d, ARN: "arn:aws:s3:::open-claims/v1/", Region: us-east-1, Type: S3 Bucket}
  - {Description: news, ARN: "arn:aws:sns:us-east-1:1:x", Region: us-east-1, Type: SNS Topic}
""",
    "restricted": """
Name: Restricted notes
Description: Notes about diabetes
License: terms
Tags: [health]
Resources:
  - {ARN: "arn:aws:s3:::closed", Region: us-east-1, Type: S3 Bucket, ControlledAccess: "https://example.org/apply"}
""",
    "paid": """
Name: Images
Description: Satellite
License: CC0
Resources:
  - {ARN: "arn:aws:s3:::paid-bucket", Region: us-east-1, Type: S3 Bucket, RequesterPays: True}
""",
    "old": """
Name: Old
Description: Gone soon
License: MIT
DeprecatedNotice: use another
Resources:
  - {ARN: "arn:aws:s3:::old", Region: us-east-1, Type: S3 Bucket}
""",
}
