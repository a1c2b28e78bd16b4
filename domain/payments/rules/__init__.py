"""What the business decides about payments: values in, values out."""
