#!/bin/sh
# The bucket of the lake, and a user that can list, read, write and delete in it and nothing else. May be run again.
set -eu

mc alias set lake http://minio:9000 "$MINIO_ROOT_USER" "$MINIO_ROOT_PASSWORD"
mc mb --ignore-existing "lake/$LAKE_BUCKET"

cat > /tmp/lake-policy.json <<JSON
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": ["s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads"],
      "Resource": ["arn:aws:s3:::$LAKE_BUCKET"]
    },
    {
      "Effect": "Allow",
      "Action": [
        "s3:GetObject",
        "s3:PutObject",
        "s3:DeleteObject",
        "s3:AbortMultipartUpload",
        "s3:ListMultipartUploadParts"
      ],
      "Resource": ["arn:aws:s3:::$LAKE_BUCKET/*"]
    }
  ]
}
JSON
mc admin policy create lake dolistream-lake /tmp/lake-policy.json
mc admin user add lake "$LAKE_ACCESS_KEY" "$LAKE_SECRET_KEY"
# Attaching what is attached already is an error.
case "$(mc admin user info lake "$LAKE_ACCESS_KEY")" in
  *dolistream-lake*) ;;
  *) mc admin policy attach lake dolistream-lake --user "$LAKE_ACCESS_KEY" ;;
esac
